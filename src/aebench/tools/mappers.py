"""Maps: images to points of the plane, neighbours staying neighbours."""

import warnings
from collections.abc import Callable

import numpy as np

from aebench.tools import config
from aebench.tools.linear import Subspace

# New images, float N x C x H x W, to N x 2.
Map = Callable[[np.ndarray], np.ndarray]


def maps_new_points(tool: config.Mapper) -> bool:
    """Whether images that the map was not made from get their places without making it anew."""
    return not isinstance(tool, config.TSNE)


def fitted(tool: config.Mapper, train: np.ndarray, seed: int) -> Map:
    """The map made from `train`, float images N x C x H x W.

    Where it cannot map new points, they are embedded together with `train`, each time anew. The
    same seed gives the same map, so all is done in one thread: sums of several differ in order.
    """
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1):
        place = _fitted(tool, train, seed)

    def alone(images: np.ndarray) -> np.ndarray:
        with threadpool_limits(1):
            return place(images)

    return alone


def _fitted(tool: config.Mapper, train: np.ndarray, seed: int) -> Map:
    flat = _flat(train)
    match tool:
        case config.Pca():
            subspace = Subspace(train, 2)
            return lambda images: subspace.codes(images, 2)
        case config.TSNE():
            return lambda images: _tsne(tool, flat, _flat(images), seed)
        case config.Isomap():
            from sklearn.manifold import Isomap

            neighbours = min(tool.neighbours, len(flat) - 1)
            with warnings.catch_warnings():
                # Graphs in several pieces are joined, and that is what is said.
                warnings.simplefilter("ignore")
                isomap = Isomap(n_neighbors=neighbours, eigen_solver="dense").fit(flat)
            return lambda images: isomap.transform(_flat(images))
        case config.UMAP():
            with warnings.catch_warnings():
                # That a seed means one thread is known.
                warnings.simplefilter("ignore")
                from umap import UMAP

                umap = UMAP(
                    n_neighbors=min(tool.neighbours, len(flat) - 1),
                    min_dist=tool.min_dist,
                    random_state=seed,
                    n_jobs=1,
                ).fit(flat)
            return lambda images: umap.transform(_flat(images))


def _tsne(tool: config.TSNE, train: np.ndarray, images: np.ndarray, seed: int) -> np.ndarray:
    from sklearn.manifold import TSNE

    both = np.concatenate([train, images])
    perplexity = min(tool.perplexity, (len(both) - 1) / 3)
    return TSNE(perplexity=perplexity, random_state=seed).fit_transform(both)[len(train) :]


def _flat(images: np.ndarray) -> np.ndarray:
    return images.reshape(len(images), -1)
