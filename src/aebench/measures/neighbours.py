"""Whether points keep the neighbours that images have, and their classes."""

import numpy as np


def trustworthiness(pixels: np.ndarray, points: np.ndarray, neighbours: int) -> float:
    """Whether neighbours on the map are neighbours in truth (Venna & Kaski 2001): 1 is best.

    Of N x pixels and N x 2.
    """
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
