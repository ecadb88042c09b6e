from dataclasses import replace

import numpy as np
import pytest

from aebench.measures.neighbours import continuity, neighbour_accuracy, silhouette, trustworthiness
from aebench.measures.sections.map import Map

RNG = np.random.default_rng(0)
CONFIG = Map(neighbours=5)


def by_ranks(true: np.ndarray, shown: np.ndarray, k: int) -> float:
    """Venna & Kaski (2001), eq. 1, word by word."""
    n = len(true)

    def ranks(points: np.ndarray) -> np.ndarray:
        distances = np.linalg.norm(points[:, None] - points, axis=2)
        np.fill_diagonal(distances, -1)
        return distances.argsort(1).argsort(1)

    far, near = ranks(true), ranks(shown)
    intruders = (near >= 1) & (near <= k) & (far > k)
    return 1 - 2 / (n * k * (2 * n - 3 * k - 1)) * (far[intruders] - k).sum()


def test_trustworthiness_and_continuity_count_intruders_and_the_missing() -> None:
    pixels, points = RNG.standard_normal((40, 6)), RNG.standard_normal((40, 2))
    points[:20] = pixels[:20, :2]
    assert trustworthiness(pixels, points, 5) == pytest.approx(by_ranks(pixels, points, 5))
    # Missing neighbours: what is near in truth and far on the map.
    assert continuity(pixels, points, 5) == pytest.approx(by_ranks(points, pixels, 5))
    assert continuity(pixels, points, 5) != pytest.approx(trustworthiness(pixels, points, 5))


def test_a_map_folded_onto_itself_is_continuous_and_not_to_be_trusted() -> None:
    circle = np.linspace(0, 2 * np.pi, 60, endpoint=False)
    true = np.stack([np.cos(circle), np.sin(circle)], 1)
    folded = np.stack([true[:, 0], 1e-3 * true[:, 1]], 1)
    assert continuity(true, folded, 4) > trustworthiness(true, folded, 4) + 0.1


def test_heaps_of_one_class_each_are_perfect_and_labels_by_chance_are_not() -> None:
    labels = np.repeat([0, 1, 2], 20)
    points = 10.0 * np.stack([labels, labels == 1], 1) + 0.1 * RNG.standard_normal((60, 2))
    assert neighbour_accuracy(points, labels, 5) == 1
    assert silhouette(points, labels) > 0.9
    mixed = RNG.permutation(labels)
    assert neighbour_accuracy(points, mixed, 5) < 0.6
    assert silhouette(points, mixed) < 0.1


def test_a_point_does_not_vote_for_itself() -> None:
    line = np.stack([np.arange(10.0), np.zeros(10)], 1)
    assert neighbour_accuracy(line, np.arange(10) % 2, 1) == 0


@pytest.mark.parametrize("name", ["pca", "t-sne", "isomap"])
def test_a_baseline_s_map_keeps_what_the_plane_can(name: str, baseline) -> None:
    found = CONFIG.compute(baseline(name))
    assert found.values.keys() == set(CONFIG.columns())
    # Blobs have two coordinates.
    assert found.values["trustworthiness"] > 0.8 and found.values["continuity"] > 0.8
    assert found.values["maps_new_points"] == (name != "t-sne")
    assert found.arrays["points"].shape == (40, 2)


def test_a_net_s_map_is_its_code(net) -> None:
    import torch

    subject = net("vae")
    found = CONFIG.compute(subject)
    test = torch.from_numpy(subject.prepared.part("test")[0]) / 255
    with torch.no_grad():
        code = subject.model().cpu().encode(test)
    np.testing.assert_allclose(found.arrays["points"], code, atol=1e-5)
    assert found.values["neighbour_accuracy"] > 0.5


def test_without_labels_nothing_is_said_of_classes(baseline, prepared) -> None:
    values = CONFIG.compute(baseline("pca", data=replace(prepared, labels=None, classes=()))).values
    assert values.keys() == {"trustworthiness", "continuity", "maps_new_points"}
