"""How well points keep the neighbours and the classes of their images."""

import numpy as np


def trustworthiness(pixels: np.ndarray, points: np.ndarray, neighbours: int) -> float:
    """How far neighbours on a map are neighbours in pixel space (Venna & Kaski 2001): at best 1.

    `pixels` are N x pixels, `points` their places on the map, N x 2.
    """
    from sklearn.manifold import trustworthiness

    return float(trustworthiness(pixels, points, n_neighbors=neighbours))


def continuity(pixels: np.ndarray, points: np.ndarray, neighbours: int) -> float:
    """How far neighbours in pixel space are neighbours on the map (ibid.): at best 1."""
    return trustworthiness(points, pixels, neighbours)


def neighbour_accuracy(
    points: np.ndarray,
    labels: np.ndarray,
    neighbours: int,
    train: tuple[np.ndarray, np.ndarray] | None = None,
) -> float:
    """Accuracy of the k-nearest-neighbour classifier on points N x D.

    Neighbours are of `train`, points M x D and labels, or by default the other points.
    """
    from sklearn.neighbors import KNeighborsClassifier

    classifier = KNeighborsClassifier(neighbours)
    if train is None:
        # Without points to classify, scikit-learn takes the fitted ones, each without itself.
        return float(classifier.fit(points, labels).score(None, labels))
    return float(classifier.fit(*train).score(points, labels))


def silhouette(points: np.ndarray, labels: np.ndarray) -> float:
    """How much nearer the own class is than the next one, from -1 to 1 (Rousseeuw 1987)."""
    from sklearn.metrics import silhouette_score

    return float(silhouette_score(points, labels))
