"""Anomaly detection: how well a score separates anomalous images from usual ones."""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np
import torch

from aebench.baselines.base import Baseline, Detector
from aebench.core import paths
from aebench.core.counts import Count
from aebench.core.errors import InputError
from aebench.core.seeding import derive
from aebench.data.prepared import Prepared
from aebench.data.scaling import to_unit_range
from aebench.measures import densities
from aebench.measures.base import Measure
from aebench.measures.inputs import MeasureInput, RunInput
from aebench.measures.result import MeasureResult
from aebench.measures.subsets import fixed_indices
from aebench.metrics.importance import log_likelihood
from aebench.objectives.reconstruction import sse_of_each
from aebench.training.device import device

if TYPE_CHECKING:
    from torch import nn

    from aebench.experiments.recipe import Recipe


class Anomaly(Measure):
    """How well a score separates anomalous images from test images.

    Anomalous are all images with the labels in `training.without`, or the test images of `against`,
    another prepared data set with images of the same shape.
    """

    name: Literal["anomaly"] = "anomaly"
    # The score of nets: the squared error of the reconstruction, or -log p(x).
    score: Literal["error", "likelihood"] = "error"
    against: str | None = None
    # At most so many usual and so many anomalous images, always the same ones.
    images: Count = 1000
    # Importance samples of the likelihood.
    samples: Count = 50

    version: ClassVar[int] = 1
    glossary: ClassVar[dict[str, str]] = {
        "auroc": "area under the ROC curve: how often an anomalous image's score is above a "
        "usual one's (0.5: by chance); ↑",
    }

    def columns(self) -> tuple[str, ...]:
        return tuple(self.glossary)

    def check(self, what: "nn.Module | Baseline", prepared: Prepared, recipe: "Recipe") -> None:
        if isinstance(what, Baseline):
            if not isinstance(what, Detector):
                raise InputError(
                    "measures: anomaly: the baseline is no detector; allowed: " + Detector.names()
                )
            what.check_detector()
        elif self.score == "likelihood":
            densities.check("anomaly: score", what, recipe.objective)
        elif not hasattr(what, "reconstruct"):
            raise InputError("measures: anomaly: score: the model reconstructs nothing")
        if self.against is not None:
            _check_shape(self.against, prepared)
        elif not recipe.training.without:
            raise InputError(
                "measures", "anomaly: no image is anomalous", "with `against`, or training.without"
            )

    def depends_on(self) -> dict[str, Any]:
        if self.against is None:
            return {}
        return {"against": Prepared.load(paths.prepared(self.against)).checksum}

    def compute(self, input: MeasureInput) -> MeasureResult:
        """The area under the ROC curve: how often an anomalous image has the higher score.

        0.5 is chance; below it anomalous images look more usual than usual ones.
        """
        from sklearn.metrics import roc_auc_score

        usual, anomalous = input.seen_data.part("test")[0], self._anomalous(input)
        usual = usual[fixed_indices(len(usual), self.images, "usual")]
        # The purpose and the array's name "strange" identify stored results.
        anomalous = anomalous[fixed_indices(len(anomalous), self.images, "strange")]
        began = time.monotonic()
        score = self._fit_score(input)
        fitted = time.monotonic()
        scores = [np.asarray(score(images), np.float64) for images in (usual, anomalous)]
        seconds = {"fitting": fitted - began, "scoring": time.monotonic() - fitted}
        is_anomalous = np.repeat([0, 1], [len(usual), len(anomalous)])
        auroc = float(roc_auc_score(is_anomalous, np.concatenate(scores)))
        arrays = dict(zip(("usual", "strange"), scores, strict=True))
        return MeasureResult({"auroc": auroc}, arrays, seconds=seconds)

    def _anomalous(self, input: MeasureInput) -> np.ndarray:
        if self.against is not None:
            return Prepared.load(paths.prepared(self.against)).part("test")[0]
        # The training saw none of them, so those of all parts are new.
        images, labels = input.prepared.images, input.prepared.labels
        assert labels is not None
        return images[np.isin(labels, input.unseen)]

    def _fit_score(self, input: MeasureInput) -> Callable[[np.ndarray], np.ndarray]:
        """The score of uint8 images: the higher, the more anomalous."""
        if isinstance(input, RunInput):
            model = input.model()
            if self.score == "error":
                return lambda images: sse_of_each(model, _tensor(images)).cpu().numpy()
            binarization = densities.binarization_of(input.run.spec.objective)
            return lambda images: (
                -log_likelihood(model, _tensor(images), self.samples, binarization, input.seed)
                .of_each.cpu()
                .numpy()
            )
        seed = derive(input.seed, "anomaly") % 2**32
        assert isinstance(input.baseline, Detector)
        score = input.baseline.fit_score(to_unit_range(input.seen_data.part("train")[0]), seed)
        return lambda images: score(to_unit_range(images))


def _check_shape(against: str, prepared: Prepared) -> None:
    shape = Prepared.load(paths.prepared(against)).image_shape
    if shape != prepared.image_shape:
        raise InputError(
            "measures",
            f"anomaly: against: images of {against} are {shape}",
            f"{prepared.image_shape}",
        )


def _tensor(images: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(images).to(device())
