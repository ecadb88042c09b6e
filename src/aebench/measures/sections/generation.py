"""How images that a model makes compare with real ones, in the features of a small classifier."""

from typing import TYPE_CHECKING, ClassVar, Literal

import torch
from pydantic import PositiveInt
from torch import Tensor, nn

from aebench.core.errors import InputError
from aebench.core.seeding import seeded
from aebench.data.prepared import Prepared
from aebench.measures import codes
from aebench.measures.base import Measure
from aebench.measures.features import NAME, classifier, features
from aebench.measures.real import as_bytes, shuffled
from aebench.measures.subject import MeasureResult, Subject
from aebench.measures.words import CLASSIFIER_ACCURACY, FEATURES
from aebench.metrics.generation.frechet import frechet_distance
from aebench.metrics.generation.interpolation import spherical, straight
from aebench.metrics.generation.kernel_distance import kernel_distance
from aebench.metrics.generation.precision_recall import NEIGHBOURS, precision_recall
from aebench.training.device import device

if TYPE_CHECKING:
    from aebench.baselines.base import Baseline
    from aebench.experiments.recipe import Recipe

# How images come about, in the words of the glossary; `train` are training images: how near real
# ones are to each other.
WAYS = {
    "reconstructions": "reconstructions",
    "standard": "what codes from N(0, I) give",
    "gaussian": "what codes from a Gaussian with the moments of the training codes give",
    "mixture": "what codes from a mixture of Gaussians fitted to the training codes give",
    "interpolations": "what lies half way between two codes",
    "spherical_interpolations": "what lies half way between two codes on a great arc",
    "train": "training images",
}
QUANTITIES = {
    "frechet": f"Fréchet distance, {FEATURES}, from test images to {{}}; ↓",
    "kernel": f"kernel distance, {FEATURES}, from test images to {{}}; ↓",
    "precision": f"share of {{}} that lies among test images, {FEATURES}; ↑",
    "recall": f"share of test images that lies among {{}}, {FEATURES}; ↑",
}
SHOWN = 12


class Generation(Measure):
    """Distances between images that the model makes and as many real ones."""

    name: Literal["generation"] = "generation"
    images: PositiveInt
    # Of the mixture of Gaussians that is fitted to codes (10 in Ghosh et al. 2020).
    components: PositiveInt = 10
    # Of the classifier in whose features images are compared.
    classifier_epochs: PositiveInt

    version: ClassVar[int] = 2
    glossary: ClassVar[dict[str, str]] = {
        f"{NAME}_accuracy": CLASSIFIER_ACCURACY,
        **{
            f"{NAME}_{quantity}_{way}": text.format(what)
            for way, what in WAYS.items()
            for quantity, text in QUANTITIES.items()
        },
        f"{NAME}_frechet_train": f"Fréchet distance, {FEATURES}, from test images to training "
        "images, as near as one can get; ↓",
    }

    def columns(self) -> tuple[str, ...]:
        return tuple(self.glossary)

    def check(self, what: "nn.Module | Baseline", prepared: Prepared, recipe: "Recipe") -> None:
        codes.check(self.name, what)
        images, labels = prepared.part("test")
        if labels is None:
            raise InputError("measures: generation: it needs labels, and these data have none")
        most = min(len(images), len(prepared.part("train")[0]))
        if not NEIGHBOURS < self.images <= most:
            raise InputError(
                f"measures: generation: images: {self.images} is not allowed; allowed: "
                f"{NEIGHBOURS + 1} to {most}"
            )

    def compute(self, subject: Subject) -> MeasureResult:
        """Distances to `images` test images, the same for every model, of as many of each kind.

        Reconstructions are theirs. `standard` are decoded draws of N(0, I), which is a VAE's prior
        and to a plain autoencoder nothing; `gaussian` are of the prior or what stands for it
        (`codes.from_prior`), `mixture` of a mixture fitted to the codes of training images.
        Interpolations lie midway between the codes of a test image and another one, on the line or
        on the great arc between them. Arrays hold the first of each kind, uint8.
        """
        model = subject.model()
        judge = classifier(self.classifier_epochs, subject.prepared, subject.store)
        net = judge.model().to(device())
        real = shuffled(subject.prepared, "test")[: self.images]
        values = {f"{NAME}_accuracy": judge.metrics["test"]["accuracy"]}
        arrays = {"test": as_bytes(real[:SHOWN])}
        theirs = features(net, real)
        for way, images in self._made(subject, model, real).items():
            ours = features(net, images)
            values |= {
                f"{NAME}_frechet_{way}": frechet_distance(theirs, ours),
                f"{NAME}_kernel_{way}": kernel_distance(theirs, ours),
            }
            shares = precision_recall(theirs, ours)
            values |= {f"{NAME}_{name}_{way}": share for name, share in shares._asdict().items()}
            arrays[way] = as_bytes(images[:SHOWN])
        return MeasureResult(values, arrays)

    def _made(self, subject: Subject, model: nn.Module, real: Tensor) -> dict[str, Tensor]:
        """Images of each of the WAYS, as many as `real`, uint8 or float N x C x H x W."""
        count, seed = len(real), subject.run.spec.seed
        train = shuffled(subject.prepared, "train")
        learned = codes.drawn(model, codes.seen(subject, train), seed)
        targets = codes.encoded(model, codes.seen(subject, real))
        others = targets.roll(-1, 0)
        with seeded(seed, "standard"):
            standard = torch.randn_like(targets)
        return {
            "reconstructions": codes.decoded(model, targets),
            "standard": codes.decoded(model, standard),
            "gaussian": codes.from_prior(subject, model, learned, count),
            "mixture": codes.from_mixture(model, learned, self.components, count, seed),
            "interpolations": codes.decoded(model, straight(targets, others, 3)[1]),
            "spherical_interpolations": codes.decoded(model, spherical(targets, others, 3)[1]),
            "train": train[:count],
        }
