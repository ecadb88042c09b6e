"""Maps of images in the plane by neighbour graphs."""

import warnings
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field, PositiveFloat

from aebench.baselines.base import Map, Mapper
from aebench.core.counts import Count

if TYPE_CHECKING:
    import numpy as np


class TSNE(Mapper):
    """t-distributed stochastic neighbour embedding (van der Maaten & Hinton 2008)."""

    name: Literal["t-sne"] = "t-sne"
    perplexity: PositiveFloat = 30.0
    maps_new_points: ClassVar[bool] = False

    def fit_map(self, train: "np.ndarray", seed: int) -> Map:
        import numpy as np
        from sklearn.manifold import TSNE

        def place(images: "np.ndarray") -> "np.ndarray":
            pixels = np.concatenate([_flat(train), _flat(images)])
            perplexity = min(self.perplexity, (len(pixels) - 1) / 3)
            points = TSNE(perplexity=perplexity, random_state=seed).fit_transform(pixels)
            return points[len(train) :]

        return place


class UMAP(Mapper):
    """Uniform manifold approximation and projection (McInnes et al. 2018)."""

    name: Literal["umap"] = "umap"
    neighbours: Annotated[Count, Field(ge=2)] = 15
    min_dist: Annotated[float, Field(ge=0, le=1)] = 0.1

    def fit_map(self, train: "np.ndarray", seed: int) -> Map:
        with warnings.catch_warnings():
            # UMAP warns that a seed implies one thread.
            warnings.simplefilter("ignore")
            from umap import UMAP

            umap = UMAP(
                n_neighbors=min(self.neighbours, len(train) - 1),
                min_dist=self.min_dist,
                random_state=seed,
                n_jobs=1,
            ).fit(_flat(train))
        return lambda images: umap.transform(_flat(images))


class Isomap(Mapper):
    """Distances along the graph of neighbours, kept in the plane (Tenenbaum et al. 2000)."""

    name: Literal["isomap"] = "isomap"
    neighbours: Count = 10

    def fit_map(self, train: "np.ndarray", seed: int) -> Map:
        from sklearn.manifold import Isomap

        neighbours = min(self.neighbours, len(train) - 1)
        with warnings.catch_warnings():
            # scikit-learn warns where it joins the parts of an unconnected graph.
            warnings.simplefilter("ignore")
            isomap = Isomap(n_neighbors=neighbours, eigen_solver="dense").fit(_flat(train))
        return lambda images: isomap.transform(_flat(images))


def _flat(images: "np.ndarray") -> "np.ndarray":
    return images.reshape(len(images), -1)
