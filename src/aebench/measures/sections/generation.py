"""How generated images compare with real ones, in the features of a small classifier."""

from typing import TYPE_CHECKING, ClassVar, Literal

import torch
from torch import Tensor

from aebench.core.counts import Count
from aebench.core.errors import InputError
from aebench.core.seeding import seeded
from aebench.data.pixels import to_uint8
from aebench.data.prepared import Prepared
from aebench.measures import codes
from aebench.measures.base import Measure
from aebench.measures.features import NAME, classifier, features
from aebench.measures.inputs import MeasureInput, RunInput
from aebench.measures.real import shuffled
from aebench.measures.result import MeasureResult
from aebench.measures.words import CLASSIFIER_ACCURACY, FEATURES
from aebench.metrics.generation.frechet import frechet_distance
from aebench.metrics.generation.interpolation import spherical, straight
from aebench.metrics.generation.kernel_distance import kernel_distance
from aebench.metrics.generation.precision_recall import NEIGHBOURS, precision_recall
from aebench.training.device import device

if TYPE_CHECKING:
    from torch import nn

    from aebench.baselines.base import Baseline
    from aebench.experiments.recipe import Recipe

# Sets of images and their descriptions in the glossary; `train` shows how close real images are to
# each other.
IMAGE_SETS = {
    "reconstructions": "reconstructions",
    "standard": "images decoded from N(0, I)",
    "gaussian": "images decoded from a Gaussian with the moments of the training codes",
    "mixture": "images decoded from a mixture of Gaussians fitted to the training codes",
    "interpolations": "images decoded half way between two codes",
    "spherical_interpolations": "images decoded half way between two codes on a great arc",
    "train": "training images",
}
QUANTITIES = {
    "frechet": f"Fréchet distance, {FEATURES}, from test images to {{}}; ↓",
    "kernel": f"kernel distance, {FEATURES}, from test images to {{}}; ↓",
    "precision": f"share of {{}} that lie among test images, {FEATURES}; ↑",
    "recall": f"share of test images that lie among {{}}, {FEATURES}; ↑",
}
# Images of each set that are stored for pictures.
SHOWN = 12


class Generation(Measure):
    """Distances between generated images and as many real ones."""

    name: Literal["generation"] = "generation"
    images: Count
    # Gaussians of the mixture that is fitted to codes (10 in Ghosh et al. 2020).
    components: Count = 10
    # Epochs of the classifier in whose features images are compared.
    classifier_epochs: Count

    version: ClassVar[int] = 2
    glossary: ClassVar[dict[str, str]] = {
        f"{NAME}_accuracy": CLASSIFIER_ACCURACY,
        **{
            f"{NAME}_{quantity}_{name}": text.format(images)
            for name, images in IMAGE_SETS.items()
            for quantity, text in QUANTITIES.items()
        },
        f"{NAME}_frechet_train": f"Fréchet distance, {FEATURES}, from test images to training "
        "images: the lowest to be expected; ↓",
    }

    def columns(self) -> tuple[str, ...]:
        return tuple(self.glossary)

    def check(self, what: "nn.Module | Baseline", prepared: Prepared, recipe: "Recipe") -> None:
        codes.check(self.name, what)
        if prepared.labels is None:
            raise InputError("measures: generation: it needs labels, and these data have none")
        most = min(prepared.count("test"), prepared.count("train"))
        if not NEIGHBOURS < self.images <= most:
            raise InputError(
                "measures",
                f"generation: images: {self.images} is not allowed",
                f"{NEIGHBOURS + 1} to {most}",
            )

    def compute(self, input: MeasureInput) -> MeasureResult:
        """Compare sets of `images` images with as many test images, the same for every model.

        `reconstructions` are those of the test images. `standard` decodes samples of N(0, I), the
        prior of most VAEs; `gaussian` samples the prior, or a Gaussian in its place (see
        `codes.images_from_prior`); `mixture` a mixture fitted to the codes of training images.
        Interpolations lie midway between the codes of two test images, on the line or on the great
        arc between them. Arrays hold the first images of each set, uint8.
        """
        assert isinstance(input, RunInput)
        trained = classifier(self.classifier_epochs, input.prepared, input.store)
        net = trained.model().to(device())
        real = shuffled(input.prepared, "test")[: self.images]
        values = {f"{NAME}_accuracy": trained.metrics["test"]["accuracy"]}
        arrays = {"test": to_uint8(real[:SHOWN]).cpu().numpy()}
        real_features = features(net, real)
        for name, images in self._image_sets(input, real).items():
            set_features = features(net, images)
            precision, recall = precision_recall(real_features, set_features)
            values |= {
                f"{NAME}_frechet_{name}": frechet_distance(real_features, set_features),
                f"{NAME}_kernel_{name}": kernel_distance(real_features, set_features),
                f"{NAME}_precision_{name}": precision,
                f"{NAME}_recall_{name}": recall,
            }
            arrays[name] = to_uint8(images[:SHOWN]).cpu().numpy()
        return MeasureResult(values, arrays)

    def _image_sets(self, input: RunInput, real: Tensor) -> dict[str, Tensor]:
        """Each of the IMAGE_SETS, as many as `real`, uint8 or float N x C x H x W."""
        model, count, seed = input.model(), len(real), input.seed
        train = shuffled(input.prepared, "train")
        train_codes = codes.sample_codes(model, codes.training_targets(input, train), seed)
        real_codes = codes.encode(model, codes.training_targets(input, real))
        others = real_codes.roll(-1, 0)
        with seeded(seed, "standard"):
            standard = torch.randn_like(real_codes)
        return {
            "reconstructions": codes.decode(model, real_codes),
            "standard": codes.decode(model, standard),
            "gaussian": codes.images_from_prior(input, model, train_codes, count),
            "mixture": codes.images_from_mixture(model, train_codes, self.components, count, seed),
            "interpolations": codes.decode(model, straight(real_codes, others, 3)[1]),
            "spherical_interpolations": codes.decode(model, spherical(real_codes, others, 3)[1]),
            "train": train[:count],
        }
