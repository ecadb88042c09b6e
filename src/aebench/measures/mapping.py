"""Maps of test images in the plane: are neighbours kept, are classes seen?"""

import time
from collections.abc import Callable

import numpy as np
import torch
from torch import nn

from aebench.data.prepared import Prepared
from aebench.errors import InputError
from aebench.measures.config import Map
from aebench.measures.subject import Found, Subject, as_float, batches, some
from aebench.schema import Section
from aebench.seeding import derive
from aebench.tools import config as tools

VERSION = 1


def columns(_: Map) -> tuple[str, ...]:
    return ("trustworthiness", "continuity", "neighbour_accuracy", "silhouette", "maps_new_points")


def check(config: Map, what: nn.Module | Section, prepared: Prepared) -> None:
    if isinstance(what, Section):
        fits = isinstance(what, tools.Mapper)
    else:
        few = torch.zeros(2, *prepared.image_shape)
        fits = hasattr(what, "encode") and what.eval().encode(few).shape[1:] == (2,)
    if not fits:
        raise InputError(
            "measures: map: it makes no map; allowed: models whose code has two numbers, and the "
            "tools pca, t-sne, umap, isomap"
        )
    images = min(config.images, len(prepared.part("test")[0]))
    if 2 * config.neighbours >= images:
        raise InputError(
            f"measures: map: neighbours: {config.neighbours} is not allowed with {images} images; "
            "allowed: less than half as many"
        )


def measure(config: Map, subject: Subject) -> Found:
    """Of test images; without labels what is said of classes is left out."""
    images, labels = subject.prepared.part("test")
    chosen = some(len(images), config.images, "test images")
    images, labels = images[chosen], None if labels is None else labels[chosen]
    began = time.monotonic()
    place, new_points = _mapper(config, subject)
    fitted = time.monotonic()
    points = np.asarray(place(images), np.float64)
    seconds = {"fitting": fitted - began, "mapping": time.monotonic() - fitted}
    pixels = as_float(images).reshape(len(images), -1)
    values = {
        "trustworthiness": trustworthiness(pixels, points, config.neighbours),
        "continuity": continuity(pixels, points, config.neighbours),
        "maps_new_points": float(new_points),
    }
    if labels is not None:
        values["neighbour_accuracy"] = neighbour_accuracy(points, labels, config.neighbours)
        values["silhouette"] = silhouette(points, labels)
    arrays = {"points": points.astype(np.float32), "chosen": chosen}
    return Found(values, arrays, seconds=seconds)


def _mapper(config: Map, subject: Subject) -> tuple[Callable[[np.ndarray], np.ndarray], bool]:
    if subject.run:
        model = subject.model()
        return lambda images: batches(model.encode, images), True
    from aebench.tools.mappers import fitted, maps_new_points

    train = subject.seen.part("train")[0]
    chosen = some(len(train), config.fit, f"training images, seed {subject.seed}")
    # What UMAP and t-SNE take for a seed has 32 bits.
    seed = derive(subject.seed, "map") % 2**32
    place = fitted(subject.tool, as_float(train[chosen]), seed)
    return lambda images: place(as_float(images)), maps_new_points(subject.tool)


def trustworthiness(pixels: np.ndarray, points: np.ndarray, neighbours: int) -> float:
    """Whether neighbours on the map are neighbours in truth (Venna & Kaski 2001): 1 is best."""
    from sklearn.manifold import trustworthiness

    return float(trustworthiness(pixels, points, n_neighbors=neighbours))


def continuity(pixels: np.ndarray, points: np.ndarray, neighbours: int) -> float:
    """Whether true neighbours are neighbours on the map (ibid.): trust the other way round."""
    return trustworthiness(points, pixels, neighbours)


def neighbour_accuracy(points: np.ndarray, labels: np.ndarray, neighbours: int) -> float:
    """The share of points whose class is the most frequent one of their nearest others."""
    from sklearn.neighbors import NearestNeighbors

    near = NearestNeighbors(n_neighbors=neighbours).fit(points).kneighbors(return_distance=False)
    classes = np.unique(labels)
    votes = (labels[near][:, :, None] == classes).sum(1)
    return float((classes[votes.argmax(1)] == labels).mean())


def silhouette(points: np.ndarray, labels: np.ndarray) -> float:
    """How much nearer the own class is than the next one, from -1 to 1 (Rousseeuw 1987)."""
    from sklearn.metrics import silhouette_score

    return float(silhouette_score(points, labels))
