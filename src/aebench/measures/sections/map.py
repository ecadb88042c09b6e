"""Maps of test images in the plane: whether they keep neighbours and separate classes."""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np
import torch

from aebench.baselines.base import Baseline, Mapper
from aebench.baselines.threads import fitted_map
from aebench.core.counts import Count
from aebench.core.errors import InputError
from aebench.core.seeding import derive
from aebench.data.prepared import Prepared
from aebench.data.scaling import to_unit_range
from aebench.measures.base import Measure
from aebench.measures.batched import apply_in_batches
from aebench.measures.inputs import MeasureInput, RunInput
from aebench.measures.neighbours import continuity, neighbour_accuracy, silhouette, trustworthiness
from aebench.measures.result import MeasureResult
from aebench.measures.subsets import fixed_indices
from aebench.measures.words import NEIGHBOUR_ACCURACY, SILHOUETTE

if TYPE_CHECKING:
    from torch import nn

    from aebench.experiments.recipe import Recipe


class Map(Measure):
    """How well a map in the plane keeps the images' neighbours and separates their classes.

    A net's map is its code, which must have two dimensions.
    """

    name: Literal["map"] = "map"
    # At most so many test images, always the same ones, are mapped.
    images: Count = 500
    # At most so many training images to fit a baseline's map to; nets were trained on all.
    fit: Count = 2000
    neighbours: Count = 10

    version: ClassVar[int] = 1
    glossary: ClassVar[dict[str, str]] = {
        "trustworthiness": "how many neighbours on the map are neighbours in truth (1: all); ↑",
        "continuity": "how many true neighbours are neighbours on the map (1: all); ↑",
        "neighbour_accuracy": NEIGHBOUR_ACCURACY,
        "silhouette": SILHOUETTE,
        "maps_new_points": "whether new images can be mapped without fitting anew (1: yes); ↑",
    }

    def columns(self) -> tuple[str, ...]:
        return tuple(self.glossary)

    def check(self, what: "nn.Module | Baseline", prepared: Prepared, recipe: "Recipe") -> None:
        if not (
            isinstance(what, Mapper) if isinstance(what, Baseline) else _is_map(what, prepared)
        ):
            raise InputError(
                "measures",
                "map: it makes no map",
                f"models whose code has two dimensions, and the baselines {Mapper.names()}",
            )
        images = min(self.images, prepared.count("test"))
        if 2 * self.neighbours >= images:
            raise InputError(
                "measures",
                f"map: neighbours: {self.neighbours} is not allowed with {images} images",
                "less than half as many",
            )

    def compute(self, input: MeasureInput) -> MeasureResult:
        """Map test images; without labels the metrics of classes are left out."""
        images, labels = input.prepared.part("test")
        chosen = fixed_indices(len(images), self.images, "test images")
        images, labels = images[chosen], None if labels is None else labels[chosen]
        began = time.monotonic()
        place, maps_new_points = self._fit_map(input)
        fitted = time.monotonic()
        points = np.asarray(place(images), np.float64)
        seconds = {"fitting": fitted - began, "mapping": time.monotonic() - fitted}
        pixels = to_unit_range(images).reshape(len(images), -1)
        values = {
            "trustworthiness": trustworthiness(pixels, points, self.neighbours),
            "continuity": continuity(pixels, points, self.neighbours),
            "maps_new_points": float(maps_new_points),
        }
        if labels is not None:
            values["neighbour_accuracy"] = neighbour_accuracy(points, labels, self.neighbours)
            values["silhouette"] = silhouette(points, labels)
        arrays = {"points": points.astype(np.float32), "chosen": chosen}
        return MeasureResult(values, arrays, seconds=seconds)

    def _fit_map(self, input: MeasureInput) -> tuple[Callable[[np.ndarray], np.ndarray], bool]:
        """A function from uint8 images to N x 2 points, and whether it maps new images."""
        if isinstance(input, RunInput):
            model = input.model()
            return lambda images: apply_in_batches(model.encode, images), True
        baseline = input.baseline
        assert isinstance(baseline, Mapper)
        train = input.seen_data.part("train")[0]
        chosen = fixed_indices(len(train), self.fit, f"training images, seed {input.seed}")
        # UMAP and t-SNE take seeds of 32 bits.
        seed = derive(input.seed, "map") % 2**32
        place = fitted_map(baseline, to_unit_range(train[chosen]), seed)
        return lambda images: place(to_unit_range(images)), baseline.maps_new_points


def _is_map(model: Any, prepared: Prepared) -> bool:
    """Whether the model's codes have two dimensions."""
    images = torch.zeros(2, *prepared.image_shape)
    return hasattr(model, "encode") and model.eval().encode(images).shape[1:] == (2,)
