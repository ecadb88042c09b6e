"""How well classes can be read from codes, given few labels."""

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

import numpy as np
import torch
from pydantic import Field

from aebench.core.counts import Count
from aebench.core.errors import InputError
from aebench.core.schema import Distinct
from aebench.data.pca import PcaCodec
from aebench.data.prepared import Prepared
from aebench.measures import codes
from aebench.measures.base import Measure
from aebench.measures.inputs import MeasureInput, RunInput
from aebench.measures.neighbours import neighbour_accuracy
from aebench.measures.result import MeasureResult
from aebench.training.batches import fixed_subset
from aebench.training.device import device

if TYPE_CHECKING:
    from torch import nn

    from aebench.baselines.base import Baseline
    from aebench.experiments.recipe import Recipe

ALL = "all"
# Of the linear classifier, on features of variance 1; of the neighbours.
PENALTIES = np.logspace(-3, 5, 17)
NEIGHBOURS = (1, 3, 5, 9)
# Prefix of a column -> what the classes are read from.
SOURCES = {
    "": "the code",
    "pca_": "as many principal components as the code has dimensions",
    "pixels_": "the pixels",
}
CLASSIFIERS = {
    "linear": "a linear classifier (least squares with a penalty)",
    "neighbours": "the class of most of their neighbours",
}
# Codes, principal components and pixels: images as rows.
Features = dict[str, np.ndarray]


class Probe(Measure):
    """The accuracy of simple classifiers of codes, of principal components and of pixels.

    They learn from the labels of `labelled` training images, those that `training.images` gives a
    classifier, and from all labels. The penalty and the number of neighbours are chosen by leaving
    out one of these images at a time, so that no other labels are used.
    """

    name: Literal["probe"] = "probe"
    labelled: Annotated[Distinct[Count], Field(min_length=1)] = [100, 1000]  # noqa: RUF012

    version: ClassVar[int] = 1
    glossary: ClassVar[dict[str, str]] = {
        rf"{source}{classifier}_accuracy_(\w+)": f"share of test images read rightly from "
        f"{SOURCES[source]} by {CLASSIFIERS[classifier]}, learned from {{}} labels; ↑"
        for source in SOURCES
        for classifier in CLASSIFIERS
    }

    def columns(self) -> tuple[str, ...]:
        return tuple(
            f"{source}{classifier}_accuracy_{labels}"
            for source in SOURCES
            for classifier in CLASSIFIERS
            for labels in (*self.labelled, ALL)
        )

    def check(self, what: "nn.Module | Baseline", prepared: Prepared, recipe: "Recipe") -> None:
        codes.check(self.name, what)
        if prepared.labels is None:
            raise InputError("measures: probe: it needs labels, and these data have none")
        count = prepared.count("train")
        for labelled in self.labelled:
            if not max(NEIGHBOURS) < labelled < count:
                raise InputError(
                    "measures",
                    f"probe: labelled: {labelled} is not allowed",
                    f"{max(NEIGHBOURS) + 1} to {count - 1}",
                )

    def compute(self, input: MeasureInput) -> MeasureResult:
        """Accuracies on test images."""
        assert isinstance(input, RunInput)
        (train, train_labels), (test, labels) = (
            input.prepared.part(part) for part in ("train", "test")
        )
        assert train_labels is not None and labels is not None
        train_codes, test_codes = (_codes(input, images) for images in (train, test))
        pca = PcaCodec(train, train_codes.shape[1])
        learned: Features = {"": train_codes, "pca_": pca.codes(train), "pixels_": _flat(train)}
        tested: Features = {"": test_codes, "pca_": pca.codes(test), "pixels_": _flat(test)}
        values = {}
        for source in SOURCES:
            for name, count in [*((str(n), n) for n in self.labelled), (ALL, len(train))]:
                few = fixed_subset(torch.arange(len(train)), count).numpy()
                known = learned[source][few], train_labels[few]
                shown = tested[source], labels
                values[f"{source}linear_accuracy_{name}"] = linear_accuracy(known, shown)
                values[f"{source}neighbours_accuracy_{name}"] = nearest_accuracy(known, shown)
        return MeasureResult(values)


def linear_accuracy(
    known: tuple[np.ndarray, np.ndarray], shown: tuple[np.ndarray, np.ndarray]
) -> float:
    """Of ridge regression to the classes, its penalty by generalized cross-validation.

    `known` and `shown`: features N x D and labels N, to learn from and to be read.
    """
    from sklearn.linear_model import RidgeClassifierCV
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    classifier = make_pipeline(StandardScaler(), RidgeClassifierCV(PENALTIES))
    return float(classifier.fit(*known).score(*shown))


def nearest_accuracy(
    known: tuple[np.ndarray, np.ndarray], shown: tuple[np.ndarray, np.ndarray]
) -> float:
    """Of the nearest neighbours, their number by leaving out one known image at a time."""
    best = max(NEIGHBOURS, key=lambda neighbours: neighbour_accuracy(*known, neighbours))
    return neighbour_accuracy(*shown, best, known)


def _codes(input: RunInput, images: np.ndarray) -> np.ndarray:
    targets = codes.training_targets(input, torch.from_numpy(images).to(device()))
    return codes.encode(input.model(), targets).cpu().numpy()


def _flat(images: np.ndarray) -> np.ndarray:
    return images.reshape(len(images), -1) / np.float32(255)
