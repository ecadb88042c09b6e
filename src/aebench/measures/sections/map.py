"""Maps of test images in the plane: are neighbours kept, are classes seen?"""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np
import torch
from pydantic import PositiveInt

from aebench.baselines.base import Baseline, Mapper
from aebench.baselines.threads import fitted_map
from aebench.core.errors import InputError
from aebench.core.seeding import derive
from aebench.data.prepared import Prepared
from aebench.measures.base import Measure
from aebench.measures.neighbours import continuity, neighbour_accuracy, silhouette, trustworthiness
from aebench.measures.subject import MeasureResult, Subject, as_float, batches, fixed_subset
from aebench.measures.words import NEIGHBOUR_ACCURACY, SILHOUETTE

if TYPE_CHECKING:
    from torch import nn

    from aebench.experiments.recipe import Recipe


class Map(Measure):
    """How well a map in the plane keeps the neighbours of images, and how it shows their classes.

    A net's map is its code, which must have two numbers.
    """

    name: Literal["map"] = "map"
    # At most so many test images, always the same ones, are mapped.
    images: PositiveInt = 500
    # At most so many training images is a baseline's map made from; nets have learned from all.
    fit: PositiveInt = 2000
    neighbours: PositiveInt = 10

    version: ClassVar[int] = 1
    glossary: ClassVar[dict[str, str]] = {
        "trustworthiness": "share of a map's neighbours that are true ones (1: all); ↑",
        "continuity": "share of true neighbours that the map keeps (1: all); ↑",
        "neighbour_accuracy": NEIGHBOUR_ACCURACY,
        "silhouette": SILHOUETTE,
        "maps_new_points": "whether new images get places without making the map anew (1: yes); ↑",
    }

    def columns(self) -> tuple[str, ...]:
        return tuple(self.glossary)

    def check(self, what: "nn.Module | Baseline", prepared: Prepared, recipe: "Recipe") -> None:
        if isinstance(what, Baseline):
            fits = isinstance(what, Mapper)
        else:
            few = torch.zeros(2, *prepared.image_shape)
            fits = hasattr(what, "encode") and what.eval().encode(few).shape[1:] == (2,)
        if not fits:
            raise InputError(
                "measures: map: it makes no map; allowed: models whose code has two numbers, and "
                f"the baselines {Mapper.names()}"
            )
        images = min(self.images, len(prepared.part("test")[0]))
        if 2 * self.neighbours >= images:
            raise InputError(
                f"measures: map: neighbours: {self.neighbours} is not allowed with {images} "
                "images; allowed: less than half as many"
            )

    def compute(self, subject: Subject) -> MeasureResult:
        """Of test images; without labels what is said of classes is left out."""
        images, labels = subject.prepared.part("test")
        chosen = fixed_subset(len(images), self.images, "test images")
        images, labels = images[chosen], None if labels is None else labels[chosen]
        began = time.monotonic()
        place, new_points = self._mapper(subject)
        fitted = time.monotonic()
        points = np.asarray(place(images), np.float64)
        seconds = {"fitting": fitted - began, "mapping": time.monotonic() - fitted}
        pixels = as_float(images).reshape(len(images), -1)
        values = {
            "trustworthiness": trustworthiness(pixels, points, self.neighbours),
            "continuity": continuity(pixels, points, self.neighbours),
            "maps_new_points": float(new_points),
        }
        if labels is not None:
            values["neighbour_accuracy"] = neighbour_accuracy(points, labels, self.neighbours)
            values["silhouette"] = silhouette(points, labels)
        arrays = {"points": points.astype(np.float32), "chosen": chosen}
        return MeasureResult(values, arrays, seconds=seconds)

    def _mapper(self, subject: Subject) -> tuple[Callable[[np.ndarray], np.ndarray], bool]:
        """What gives uint8 images their places, and whether it does so to new ones."""
        if subject.run:
            model = subject.model()
            return lambda images: batches(model.encode, images), True
        train = subject.seen.part("train")[0]
        chosen = fixed_subset(len(train), self.fit, f"training images, seed {subject.seed}")
        # What UMAP and t-SNE take for a seed has 32 bits.
        seed = derive(subject.seed, "map") % 2**32
        place = fitted_map(subject.baseline, as_float(train[chosen]), seed)
        return lambda images: place(as_float(images)), subject.baseline.maps_new_points
