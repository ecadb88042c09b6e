"""Images of a class that is asked for: what a classifier reads, how near they are to real ones."""

from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np
import torch
from pydantic import PositiveInt
from torch import Tensor, nn

from aebench.core.errors import InputError
from aebench.core.seeding import derive, seeded
from aebench.data.pixels import in_chunks
from aebench.data.prepared import Prepared
from aebench.measures import codes
from aebench.measures.base import Measure
from aebench.measures.features import NAME, classifier, features
from aebench.measures.real import as_bytes, shuffled, shuffled_labels
from aebench.measures.subject import MeasureResult, Subject
from aebench.measures.words import CLASSIFIER_ACCURACY, FEATURES
from aebench.metrics.generation.frechet import frechet_distance
from aebench.models.conditional import ConditionalVAE
from aebench.training.device import device

if TYPE_CHECKING:
    from aebench.baselines.base import Baseline
    from aebench.experiments.recipe import Recipe

# So many images of each class are kept for pictures.
SHOWN = 12
# Codes of a class that have a covariance.
FEWEST = 2


class Conditional(Measure):
    """Images of a class that is asked for: is it what a classifier reads, and do they look real?"""

    name: Literal["conditional"] = "conditional"
    images: PositiveInt
    # Of the classifier, as for `generation`.
    classifier_epochs: PositiveInt

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
        if prepared.labels is None:
            raise InputError("measures: conditional: it needs labels, and these data have none")
        most = len(prepared.part("test")[0])
        if self.images > most:
            raise InputError(
                f"measures: conditional: images: {self.images} is not allowed; allowed: up to "
                f"{most}"
            )
        if not isinstance(what, ConditionalVAE):
            codes.check(self.name, what)
            _check_classes(prepared)
        elif what.classes != len(prepared.classes):
            raise InputError(
                f"measures: conditional: model.classes: {what.classes} is not allowed; allowed: "
                f"{len(prepared.classes)}"
            )

    def compute(self, subject: Subject) -> MeasureResult:
        """`images` of the classes that test images have, as often as these.

        A conditional VAE draws them from its prior; for any other model, codes are drawn from a
        Gaussian with the moments of the class's training codes. `read_as_asked`: the share in which
        the classifier reads the class; beside it, its accuracy on test images.
        """
        model = subject.model()
        judge = classifier(self.classifier_epochs, subject.prepared, subject.store)
        net = judge.model().to(device())
        real = shuffled(subject.prepared, "test")[: self.images]
        asked = shuffled_labels(subject.prepared, "test")[: self.images]
        classes = torch.arange(len(subject.prepared.classes), device=device())
        shown = classes.repeat_interleave(SHOWN)
        made, to_show = _drawn(model, subject, torch.cat([asked, shown])).split(
            [len(asked), len(shown)]
        )
        with torch.no_grad():
            read = torch.cat([net(part).argmax(1) for part in in_chunks(made)])
        images = as_bytes(to_show)
        return MeasureResult(
            {
                f"{NAME}_accuracy": judge.metrics["test"]["accuracy"],
                "read_as_asked": (read == asked).double().mean().item(),
                f"{NAME}_frechet_conditional": frechet_distance(
                    features(net, real), features(net, made)
                ),
            },
            {"made": images.reshape(-1, SHOWN, *images.shape[1:])},
        )


def _check_classes(prepared: Prepared) -> None:
    """Raise InputError where a class has too few training codes for a Gaussian."""
    counts = np.bincount(prepared.part("train")[1], minlength=len(prepared.classes))
    if (fewest := counts.min()) < FEWEST:
        raise InputError(
            f"measures: conditional: {fewest} training images of class "
            f"'{prepared.classes[counts.argmin()]}'; allowed: {FEWEST} or more, or the model "
            "conditional-vae"
        )


def _drawn(model: nn.Module, subject: Subject, asked: Tensor) -> Tensor:
    """An image for each label, float N x C x H x W."""
    seed = subject.run.spec.seed
    if isinstance(model, ConditionalVAE):
        with seeded(seed, "prior"), torch.no_grad():
            return model.sample(asked).float()
    train = shuffled(subject.prepared, "train")
    labels = shuffled_labels(subject.prepared, "train")
    learned = codes.drawn(model, codes.seen(subject, train), seed)
    made = torch.empty(len(asked), *train.shape[1:], device=device())
    for label in asked.unique():
        there = asked == label
        of_class = learned[labels == label]
        # Else the n-th codes of all classes would come from the same noise.
        own = derive(seed, "class", int(label))
        made[there] = codes.from_mixture(model, of_class, 1, int(there.sum()), own)
    return made
