"""Published numbers that stand beside ours: each with its source, and how it was obtained.

Status: `read` in the source itself, `quoted` in a later copy, `recalled` from memory by two
readers, the source not at hand, `computed` by us from the data.
"""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Published:
    """A number of the literature on the test set of `dataset`, and how its protocol differs."""

    what: str
    value: float
    source: str
    status: Literal["read", "quoted", "recalled", "computed"]
    differs: str = ""


# Squared error summed over 784 pixels, averaged over the MNIST test set; a code of 30 numbers.
RECONSTRUCTION = {
    "mnist": [
        Published("PCA, 30 components", 13.87, "fitted on all 60,000 training images", "computed"),
        Published("logistic PCA", 8.01, "Hinton & Salakhutdinov 2006", "quoted"),
        Published(
            "the same net, RBM pretraining, conjugate gradients",
            3.00,
            "Hinton & Salakhutdinov 2006",
            "quoted",
            "logistic units, cross-entropy, 200 epochs",
        ),
        Published(
            "the same net, pretraining and CG, L2",
            2.61,
            "Martens 2010",
            "recalled",
            "logistic units, cross-entropy",
        ),
        Published(
            "the same net, random start and Hessian-free, L2",
            2.55,
            "Martens 2010",
            "recalled",
            "logistic units, cross-entropy",
        ),
        Published(
            "the same net, pretraining and Hessian-free, L2",
            2.28,
            "Martens 2010",
            "recalled",
            "logistic units, cross-entropy",
        ),
    ]
}

# -log p(x) in nats an image, MNIST test set, one stochastic layer, stochastic binarization.
LIKELIHOOD = {
    "mnist": [
        Published(
            "VAE 784-200-200-50",
            86.76,
            "Burda et al. 2015",
            "quoted",
            "tanh units, 3,280 epochs, 5,000 importance samples",
        ),
        Published(
            "IWAE 784-200-200-50, k = 50",
            84.78,
            "Burda et al. 2015",
            "quoted",
            "another objective; tanh units, 3,280 epochs, 5,000 importance samples",
        ),
    ]
}
