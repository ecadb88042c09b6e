"""Anomalies: are strange images told from images like those of the training?"""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np
import torch
from pydantic import PositiveInt

from aebench.baselines.base import Baseline, Detector
from aebench.core import paths
from aebench.core.errors import InputError
from aebench.core.seeding import derive
from aebench.data.prepared import Prepared
from aebench.measures import densities
from aebench.measures.base import Measure
from aebench.measures.subject import MeasureResult, Subject, as_float, fixed_subset
from aebench.metrics.importance import log_likelihood
from aebench.objectives.reconstruction import sse_of_each
from aebench.training.device import device

if TYPE_CHECKING:
    from torch import nn

    from aebench.experiments.recipe import Recipe


class Anomaly(Measure):
    """How well a score tells strange images from images like those of the training.

    Strange are all images with the labels in `training.without`, or the test images of `against`,
    another prepared data set with images of the same shape.
    """

    name: Literal["anomaly"] = "anomaly"
    # Of nets: the squared error of the reconstruction, or -log p(x).
    score: Literal["error", "likelihood"] = "error"
    against: str | None = None
    # At most so many images of either kind, always the same ones.
    images: PositiveInt = 1000
    # Importance samples of the likelihood.
    samples: PositiveInt = 50

    version: ClassVar[int] = 1
    glossary: ClassVar[dict[str, str]] = {
        "auroc": "area under the ROC curve: how often a strange image's score is above a usual "
        "one's (0.5: by chance); ↑",
    }

    def columns(self) -> tuple[str, ...]:
        return tuple(self.glossary)

    def check(self, what: "nn.Module | Baseline", prepared: Prepared, recipe: "Recipe") -> None:
        if isinstance(what, Baseline):
            if not isinstance(what, Detector):
                raise InputError(
                    "measures: anomaly: the baseline scores nothing; allowed: " + Detector.names()
                )
            what.check_detector()
        elif self.score == "likelihood":
            densities.check("anomaly: score", what, recipe.objective)
        elif not hasattr(what, "reconstruct"):
            raise InputError("measures: anomaly: score: the model reconstructs nothing")
        if self.against is not None:
            self._check_shape(prepared)
        elif not recipe.training.without:
            raise InputError(
                "measures: anomaly: nothing is strange; allowed: with `against`, or "
                "training.without"
            )

    def _check_shape(self, prepared: Prepared) -> None:
        shape = Prepared.load(paths.prepared(self.against)).image_shape
        if shape != prepared.image_shape:
            raise InputError(
                f"measures: anomaly: against: images of {self.against} are {shape}; allowed: "
                f"{prepared.image_shape}"
            )

    def depends_on(self) -> dict[str, Any]:
        if self.against is None:
            return {}
        return {"against": Prepared.load(paths.prepared(self.against)).checksum}

    def compute(self, subject: Subject) -> MeasureResult:
        """The area under the ROC curve: how often a strange image has the higher score.

        Half the area is chance; less means that strange images seem more usual than usual ones.
        """
        from sklearn.metrics import roc_auc_score

        usual, strange = subject.seen.part("test")[0], self._strange(subject)
        usual = usual[fixed_subset(len(usual), self.images, "usual")]
        strange = strange[fixed_subset(len(strange), self.images, "strange")]
        began = time.monotonic()
        score = self._scorer(subject)
        fitted = time.monotonic()
        scores = [np.asarray(score(images), np.float64) for images in (usual, strange)]
        seconds = {"fitting": fitted - began, "scoring": time.monotonic() - fitted}
        are = np.repeat([0, 1], [len(usual), len(strange)])
        auroc = float(roc_auc_score(are, np.concatenate(scores)))
        arrays = dict(zip(("usual", "strange"), scores, strict=True))
        return MeasureResult({"auroc": auroc}, arrays, seconds=seconds)

    def _strange(self, subject: Subject) -> np.ndarray:
        if self.against is not None:
            return Prepared.load(paths.prepared(self.against)).part("test")[0]
        # None of them was learned from, so those of all parts are new.
        return subject.prepared.images[np.isin(subject.prepared.labels, subject.unseen)]

    def _scorer(self, subject: Subject) -> Callable[[np.ndarray], np.ndarray]:
        """What scores uint8 images: the higher, the stranger."""
        if subject.run:
            model = subject.model()
            if self.score == "error":
                return lambda images: sse_of_each(model, _tensor(images)).cpu().numpy()
            binarization = subject.run.spec.objective.binarization
            return lambda images: (
                -log_likelihood(model, _tensor(images), self.samples, binarization, subject.seed)
                .of_each.cpu()
                .numpy()
            )
        seed = derive(subject.seed, "anomaly") % 2**32
        score = subject.baseline.fit_score(as_float(subject.seen.part("train")[0]), seed)
        return lambda images: score(as_float(images))


def _tensor(images: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(images).to(device())
