"""Conditional generation: whether images show the class that was asked for and look real."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np
import torch
from torch import Tensor

from aebench.core.counts import Count
from aebench.core.errors import InputError
from aebench.core.seeding import derive, seeded
from aebench.data.pixels import in_chunks, to_uint8
from aebench.data.prepared import Prepared
from aebench.measures import codes
from aebench.measures.base import Measure
from aebench.measures.features import NAME, classifier, features
from aebench.measures.inputs import MeasureInput, RunInput
from aebench.measures.real import shuffled, shuffled_labels
from aebench.measures.result import MeasureResult
from aebench.measures.words import CLASSIFIER_ACCURACY, FEATURES
from aebench.metrics.generation.frechet import frechet_distance
from aebench.models.conditional import ConditionalVAE
from aebench.training.device import device

if TYPE_CHECKING:
    from torch import nn

    from aebench.baselines.base import Baseline
    from aebench.experiments.recipe import Recipe

# Images of each class that are stored for pictures.
SHOWN = 12
# Codes of a class that a Gaussian can be fitted to.
FEWEST = 2


class Conditional(Measure):
    """Images of given classes: does a classifier read the class, and do they look real?"""

    name: Literal["conditional"] = "conditional"
    images: Count
    # Epochs of the classifier, as for `generation`.
    classifier_epochs: Count

    version: ClassVar[int] = 1
    glossary: ClassVar[dict[str, str]] = {
        f"{NAME}_accuracy": CLASSIFIER_ACCURACY,
        "read_as_asked": "share of drawn images that a classifier reads as was asked; ↑",
        f"{NAME}_frechet_conditional": f"Fréchet distance, {FEATURES}, from test images to what is "
        "drawn of each class; ↓",
    }

    def columns(self) -> tuple[str, ...]:
        return tuple(self.glossary)

    def check(self, what: "nn.Module | Baseline", prepared: Prepared, recipe: "Recipe") -> None:
        labels = prepared.part("train")[1]
        if labels is None:
            raise InputError("measures: conditional: it needs labels, and these data have none")
        most = prepared.count("test")
        if self.images > most:
            raise InputError(
                "measures", f"conditional: images: {self.images} is not allowed", f"up to {most}"
            )
        if not isinstance(what, ConditionalVAE):
            codes.check(self.name, what)
            _check_classes(labels, prepared.classes)
        elif what.classes != len(prepared.classes):
            raise InputError(
                "measures",
                f"conditional: model.classes: {what.classes} is not allowed",
                f"{len(prepared.classes)}",
            )

    def compute(self, input: MeasureInput) -> MeasureResult:
        """Generate images of the classes of `images` test images.

        A conditional VAE samples its prior; any other model decodes samples of a Gaussian with the
        moments of the class's training codes. `read_as_asked` is the share of images in which the
        classifier reads their class.
        """
        assert isinstance(input, RunInput)
        trained = classifier(self.classifier_epochs, input.prepared, input.store)
        net = trained.model().to(device())
        real = shuffled(input.prepared, "test")[: self.images]
        asked = shuffled_labels(input.prepared, "test")[: self.images]
        classes = torch.arange(len(input.prepared.classes), device=device())
        shown = classes.repeat_interleave(SHOWN)
        generated, to_show = _generate(input, torch.cat([asked, shown])).split(
            [len(asked), len(shown)]
        )
        with torch.no_grad():
            read = torch.cat([net(part).argmax(1) for part in in_chunks(generated)])
        images = to_uint8(to_show).cpu().numpy()
        return MeasureResult(
            {
                f"{NAME}_accuracy": trained.metrics["test"]["accuracy"],
                "read_as_asked": (read == asked).double().mean().item(),
                f"{NAME}_frechet_conditional": frechet_distance(
                    features(net, real), features(net, generated)
                ),
            },
            {"made": images.reshape(-1, SHOWN, *images.shape[1:])},
        )


def _check_classes(labels: np.ndarray, classes: Sequence[str]) -> None:
    """Raise InputError where a class has too few training images for a Gaussian of its codes."""
    counts = np.bincount(labels, minlength=len(classes))
    if (fewest := counts.min()) < FEWEST:
        raise InputError(
            "measures",
            f"conditional: {fewest} training images of class '{classes[int(counts.argmin())]}'",
            f"{FEWEST} or more, or the model conditional-vae",
        )


def _generate(input: RunInput, asked: Tensor) -> Tensor:
    """An image for each label, float N x C x H x W."""
    model, seed = input.model(), input.seed
    if isinstance(model, ConditionalVAE):
        with seeded(seed, "prior"), torch.no_grad():
            return model.sample(asked).float()
    train = shuffled(input.prepared, "train")
    labels = shuffled_labels(input.prepared, "train")
    train_codes = codes.sample_codes(model, codes.training_targets(input, train), seed)
    images = torch.empty(len(asked), *train.shape[1:], device=device())
    for label in asked.unique():
        of_class = asked == label
        # With one seed for all classes, their n-th codes would come from the same noise.
        class_seed = derive(seed, "class", int(label))
        images[of_class] = codes.images_from_mixture(
            model, train_codes[labels == label], 1, int(of_class.sum()), class_seed
        )
    return images
