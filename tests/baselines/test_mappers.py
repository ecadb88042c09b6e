import numpy as np
import pytest

from aebench.baselines.base import Baseline
from aebench.baselines.threads import fitted_map
from aebench.core.schema import parse

RNG = np.random.default_rng(0)
# Three heaps far apart in 25 dimensions.
CENTRES = 5 * RNG.standard_normal((3, 1, 5, 5))
KIND = np.arange(90) % 3
IMAGES = CENTRES[KIND] + 0.3 * RNG.standard_normal((90, 1, 5, 5))
TRAIN, NEW = IMAGES[:60], IMAGES[60:]
SETTINGS = {"pca": {}, "t-sne": {"perplexity": 10.0}, "umap": {"neighbours": 8}, "isomap": {}}


def baseline(name: str):
    return parse(Baseline, {"name": name, **SETTINGS[name]}, "baseline")


@pytest.mark.parametrize(
    "name",
    # UMAP compiles itself, each time.
    [pytest.param(n, marks=pytest.mark.slow) if n == "umap" else n for n in SETTINGS],
)
def test_heaps_of_new_images_stay_heaps_and_a_seed_gives_the_same_map_twice(name: str) -> None:
    place = fitted_map(baseline(name), TRAIN, seed=1)
    points = place(NEW)
    assert points.shape == (30, 2)
    kinds = KIND[60:]
    centres = np.stack([points[kinds == kind].mean(0) for kind in range(3)])
    distances = np.linalg.norm(points[:, None] - centres, axis=2)
    assert (distances.argmin(1) == kinds).all()
    np.testing.assert_array_equal(fitted_map(baseline(name), TRAIN, seed=1)(NEW), points)


def test_only_t_sne_must_see_the_images_that_it_maps() -> None:
    for name in ("pca", "isomap", "t-sne"):
        place = fitted_map(baseline(name), TRAIN, seed=1)
        alone, among = place(NEW[:4]), place(NEW)[:4]
        assert np.allclose(alone, among) == baseline(name).maps_new_points == (name != "t-sne")


def test_pca_is_the_plane_of_the_largest_variance() -> None:
    train = RNG.standard_normal((500, 1, 2, 2)) * np.array([[[4.0, 0.1], [0.1, 2.0]]])
    points = fitted_map(baseline("pca"), train, seed=0)(train)
    pixels = train.reshape(500, 4) - train.reshape(500, 4).mean(0)
    for axis, pixel in ((0, 0), (1, 3)):
        assert abs(np.corrcoef(points[:, axis], pixels[:, pixel])[0, 1]) > 0.99
