"""The distribution of codes: how it separates classes, and how far it is from the prior."""

from typing import TYPE_CHECKING, ClassVar, Literal

import torch

from aebench.core.counts import Count
from aebench.core.errors import InputError
from aebench.data.pca import PcaCodec
from aebench.data.prepared import Prepared
from aebench.measures import codes
from aebench.measures.base import Measure
from aebench.measures.inputs import MeasureInput, RunInput
from aebench.measures.neighbours import neighbour_accuracy, silhouette
from aebench.measures.result import MeasureResult
from aebench.measures.words import ACTIVE_UNITS, NEIGHBOUR_ACCURACY, SILHOUETTE
from aebench.metrics.aggregate import gaussian_kl, marginal_kl
from aebench.metrics.latents import active_units
from aebench.models.vae import GaussianVAE
from aebench.training.device import device

if TYPE_CHECKING:
    from torch import nn

    from aebench.baselines.base import Baseline
    from aebench.experiments.recipe import Recipe


class Latents(Measure):
    """How codes separate the classes, and how far their distribution is from the prior."""

    name: Literal["latents"] = "latents"
    neighbours: Count = 5

    version: ClassVar[int] = 2
    glossary: ClassVar[dict[str, str]] = {
        "neighbour_accuracy": NEIGHBOUR_ACCURACY,
        "pca_neighbour_accuracy": "share of images with the class of most of their neighbours, by "
        "as many principal components as the code has dimensions; ↑",
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
        if prepared.labels is None:
            raise InputError("measures: latents: it needs labels, and these data have none")
        if self.neighbours > prepared.count("train"):
            raise InputError(
                "measures",
                f"latents: neighbours: {self.neighbours} is not allowed",
                f"up to {prepared.count('train')}",
            )

    def compute(self, input: MeasureInput) -> MeasureResult:
        """Metrics of the test images' codes.

        Neighbours are training images, by codes and by as many principal components. `gaussian_kl`
        and `marginal_kl` are documented at their functions; the latter, for N test images at least
        the rate less log N, is left out where the density of codes is unknown.
        """
        assert isinstance(input, RunInput)
        model = input.model()
        (train, train_labels), (test, labels) = (
            input.prepared.part(part) for part in ("train", "test")
        )
        assert train_labels is not None and labels is not None
        train_targets, targets = (
            codes.training_targets(input, torch.from_numpy(images).to(device()))
            for images in (train, test)
        )
        train_codes, test_codes = (
            codes.encode(model, images).cpu().numpy() for images in (train_targets, targets)
        )
        pca = PcaCodec(train, train_codes.shape[1])
        values = {
            "neighbour_accuracy": neighbour_accuracy(
                test_codes, labels, self.neighbours, (train_codes, train_labels)
            ),
            "pca_neighbour_accuracy": neighbour_accuracy(
                pca.codes(test), labels, self.neighbours, (pca.codes(train), train_labels)
            ),
            "silhouette": silhouette(test_codes, labels),
            "gaussian_kl": gaussian_kl(codes.sample_codes(model, targets, input.seed)),
            "active_units": active_units(model, targets),
        }
        if isinstance(model, GaussianVAE) and model.gaussian_posterior:
            values["marginal_kl"] = marginal_kl(model, targets, input.seed)
        return MeasureResult(values, {"codes": test_codes})
