"""Published numbers, which stand beside the project's own with their source."""

from typing import Literal

from pydantic import Field

from aebench.core.schema import Section


class Published(Section):
    """A metric's value in the literature, and how its protocol differs.

    `where`: the levels of a study whose results it stands beside; without, `what` it is of.
    `status`: `read` in the source itself, `quoted` in a later copy, `recalled` from memory by two
    readers, the source not at hand, `computed` from the data. `compare`: by `rank` where measures
    differ, so that only the order can be compared.
    """

    where: dict[str, str] = Field(default_factory=dict)
    what: str = ""
    metric: str
    value: float
    source: str
    status: Literal["read", "quoted", "recalled", "computed"]
    differs: str = ""
    compare: Literal["value", "rank"] = "value"


# Squared error summed over 784 pixels, averaged over the MNIST test set; codes of size 30.
RECONSTRUCTION = {
    "mnist": [
        Published(
            what="PCA, 30 components",
            metric="test_sse_per_image",
            value=13.87,
            source="fitted on all 60,000 training images",
            status="computed",
        ),
        Published(
            what="logistic PCA",
            metric="test_sse_per_image",
            value=8.01,
            source="Hinton & Salakhutdinov 2006",
            status="quoted",
        ),
        Published(
            what="the same net, RBM pretraining, conjugate gradients",
            metric="test_sse_per_image",
            value=3.0,
            source="Hinton & Salakhutdinov 2006",
            status="quoted",
            differs="logistic units, cross-entropy, 200 epochs",
        ),
        Published(
            what="the same net, pretraining and CG, L2",
            metric="test_sse_per_image",
            value=2.61,
            source="Martens 2010",
            status="recalled",
            differs="logistic units, cross-entropy",
        ),
        Published(
            what="the same net, random start and Hessian-free, L2",
            metric="test_sse_per_image",
            value=2.55,
            source="Martens 2010",
            status="recalled",
            differs="logistic units, cross-entropy",
        ),
        Published(
            what="the same net, pretraining and Hessian-free, L2",
            metric="test_sse_per_image",
            value=2.28,
            source="Martens 2010",
            status="recalled",
            differs="logistic units, cross-entropy",
        ),
    ]
}

# -log p(x) in nats an image, MNIST test set, one stochastic layer, stochastic binarization.
LIKELIHOOD = {
    "mnist": [
        Published(
            what="VAE 784-200-200-50",
            metric="nll",
            value=86.76,
            source="Burda et al. 2015",
            status="quoted",
            differs="tanh units, 3,280 epochs, 5,000 importance samples",
        ),
        Published(
            what="IWAE 784-200-200-50, k = 50",
            metric="nll",
            value=84.78,
            source="Burda et al. 2015",
            status="quoted",
            differs="another objective; tanh units, 3,280 epochs, 5,000 importance samples",
        ),
    ]
}
