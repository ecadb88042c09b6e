"""Where codes lie: by class, and as a whole beside the prior."""

from typing import TYPE_CHECKING, ClassVar, Literal

import torch
from pydantic import PositiveInt
from sklearn.metrics import silhouette_score
from sklearn.neighbors import KNeighborsClassifier

from aebench.core.errors import InputError
from aebench.data.prepared import Prepared
from aebench.measures import codes
from aebench.measures.base import Measure
from aebench.measures.subject import MeasureResult, Subject
from aebench.measures.words import ACTIVE_UNITS, NEIGHBOUR_ACCURACY, SILHOUETTE
from aebench.metrics.aggregate import gaussian_kl, marginal_kl
from aebench.metrics.latents import active_units
from aebench.metrics.pca import PcaCodec
from aebench.models.vae import GaussianVAE
from aebench.training.device import device

if TYPE_CHECKING:
    from torch import nn

    from aebench.baselines.base import Baseline
    from aebench.experiments.recipe import Recipe


class Latents(Measure):
    """How the codes lie by class, and beside the prior."""

    name: Literal["latents"] = "latents"
    neighbours: PositiveInt = 5

    version: ClassVar[int] = 2
    glossary: ClassVar[dict[str, str]] = {
        "neighbour_accuracy": NEIGHBOUR_ACCURACY,
        "pca_neighbour_accuracy": "share of images with the class of most of their neighbours, by "
        "as many principal components as the code has numbers; ↑",
        "silhouette": SILHOUETTE,
        "gaussian_kl": "nats between N(0, I) and the Gaussian with the moments of all codes, "
        "infinite where they lie in a subspace; ↓",
        "marginal_kl": "nats between all posteriors together and the prior; ↓",
        "active_units": ACTIVE_UNITS,
    }

    def columns(self) -> tuple[str, ...]:
        return tuple(self.glossary)

    def check(self, what: "nn.Module | Baseline", prepared: Prepared, recipe: "Recipe") -> None:
        codes.check(self.name, what)
        if prepared.part("test")[1] is None:
            raise InputError("measures: latents: it needs labels, and these data have none")
        if self.neighbours > len(prepared.part("train")[0]):
            raise InputError(
                f"measures: latents: neighbours: {self.neighbours} is not allowed; allowed: up to "
                f"{len(prepared.part('train')[0])}"
            )

    def compute(self, subject: Subject) -> MeasureResult:
        """Of the test images' codes.

        `neighbour_accuracy`: the share whose class is that of most of its `neighbours` nearest
        training images, by codes, and by as many principal components. `silhouette` (Rousseeuw
        1987) in [-1, 1]: how much nearer an image's own class is than the next one, by codes.
        `gaussian_kl`, `marginal_kl`: nats between all codes together and N(0, I) or the model's
        prior, see there; the second is of N test images at least the rate less log N, and empty
        where the model has no density of codes. `active_units`: see there.
        """
        model = subject.model()
        (train, known), (test, labels) = (subject.prepared.part(part) for part in ("train", "test"))
        targets = codes.seen(subject, torch.from_numpy(test).to(device()))
        learned = codes.seen(subject, torch.from_numpy(train).to(device()))
        fitted, new = (codes.encoded(model, x).cpu().numpy() for x in (learned, targets))
        linear = PcaCodec(train, fitted.shape[1])
        before, after = linear.codes(train), linear.codes(test)
        seed = subject.run.spec.seed
        nearest = KNeighborsClassifier(self.neighbours)
        values = {
            "neighbour_accuracy": float(nearest.fit(fitted, known).score(new, labels)),
            "pca_neighbour_accuracy": float(nearest.fit(before, known).score(after, labels)),
            "silhouette": float(silhouette_score(new, labels)),
            "gaussian_kl": gaussian_kl(codes.drawn(model, targets, seed)),
            "active_units": active_units(model, targets),
        }
        if isinstance(model, GaussianVAE) and model.gaussian_posterior:
            values["marginal_kl"] = marginal_kl(model, targets, seed)
        return MeasureResult(values, {"codes": new})
