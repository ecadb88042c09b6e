"""Anomalies: are strange images told from images like those of the training?"""

import time
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import nn

from aebench import paths
from aebench.data.prepared import Prepared
from aebench.errors import InputError
from aebench.evaluation.importance import log_likelihood
from aebench.measures.config import Anomaly
from aebench.measures.subject import Found, Subject, as_float, some
from aebench.models.latent import LatentVariableModel
from aebench.objectives.reconstruction import sse_of_each
from aebench.schema import Section
from aebench.seeding import derive
from aebench.tools import config as tools
from aebench.training.device import device

VERSION = 1


def columns(_: Anomaly) -> tuple[str, ...]:
    return ("auroc",)


def check(config: Anomaly, what: nn.Module | Section, prepared: Prepared) -> None:
    if isinstance(what, Section):
        if not isinstance(what, tools.Detector):
            raise InputError(
                "measures: anomaly: the tool scores nothing; allowed: pca, isolation-forest"
            )
        if isinstance(what, tools.Pca) and len(what.components) != 1:
            raise InputError("tool.components: for anomalies exactly one number is allowed")
    elif config.score == "error" and not hasattr(what, "reconstruct"):
        raise InputError("measures: anomaly: score: the model reconstructs nothing")
    elif config.score == "likelihood" and not isinstance(what, LatentVariableModel):
        raise InputError(
            "measures: anomaly: score: the model has no likelihood; allowed: error, or the models "
            "vae, two-layer-vae"
        )
    if config.against is not None:
        shape = Prepared.load(paths.prepared(config.against)).image_shape
        if shape != prepared.image_shape:
            raise InputError(
                f"measures: anomaly: against: images of {config.against} are {shape}; allowed: "
                f"{prepared.image_shape}"
            )


def identity(config: Anomaly) -> dict[str, Any]:
    """What the measurement depends on besides the config and its subject."""
    if config.against is None:
        return {}
    return {"against": Prepared.load(paths.prepared(config.against)).checksum}


def measure(config: Anomaly, subject: Subject) -> Found:
    """The area under the ROC curve: how often a strange image has the higher score.

    Half the area is chance; less means that strange images seem more usual than usual ones.
    """
    from sklearn.metrics import roc_auc_score

    usual, strange = subject.seen.part("test")[0], _strange(config, subject)
    usual = usual[some(len(usual), config.images, "usual")]
    strange = strange[some(len(strange), config.images, "strange")]
    began = time.monotonic()
    score = _scorer(config, subject)
    fitted = time.monotonic()
    scores = [np.asarray(score(images), np.float64) for images in (usual, strange)]
    seconds = {"fitting": fitted - began, "scoring": time.monotonic() - fitted}
    are = np.repeat([0, 1], [len(usual), len(strange)])
    auroc = float(roc_auc_score(are, np.concatenate(scores)))
    arrays = dict(zip(("usual", "strange"), scores, strict=True))
    return Found({"auroc": auroc}, arrays, seconds=seconds)


def _strange(config: Anomaly, subject: Subject) -> np.ndarray:
    if config.against is not None:
        return Prepared.load(paths.prepared(config.against)).part("test")[0]
    # None of them was learned from, so those of all parts are new.
    return subject.prepared.images[np.isin(subject.prepared.labels, subject.unseen)]


def _scorer(config: Anomaly, subject: Subject) -> Callable[[np.ndarray], np.ndarray]:
    if subject.run:
        model = subject.model()
        if config.score == "error":
            return lambda images: sse_of_each(model, _tensor(images)).cpu().numpy()
        binarization = subject.run.spec.objective.binarization
        return lambda images: (
            -log_likelihood(model, _tensor(images), config.samples, binarization, subject.seed)
            .of_each.cpu()
            .numpy()
        )
    from aebench.tools.detectors import fitted

    seed = derive(subject.seed, "anomaly") % 2**32
    score = fitted(subject.tool, as_float(subject.seen.part("train")[0]), seed)
    return lambda images: score(as_float(images))


def _tensor(images: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(images).to(device())
