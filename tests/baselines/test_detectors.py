import numpy as np
import pytest
from sklearn.decomposition import PCA

from aebench.baselines.base import Baseline
from aebench.core.errors import InputError
from aebench.core.schema import parse

RNG = np.random.default_rng(0)
# In a plane of nine dimensions, but for a little.
BASIS = RNG.standard_normal((2, 1, 3, 3))
TRAIN = np.tensordot(RNG.standard_normal((200, 2)), BASIS, 1) + 0.05 * RNG.standard_normal(
    (200, 1, 3, 3)
)
USUAL, STRANGE = TRAIN[:20], 3 * RNG.standard_normal((20, 1, 3, 3))


@pytest.mark.parametrize(
    "section", [{"name": "pca", "components": [2]}, {"name": "isolation-forest"}]
)
def test_anomalous_images_score_higher(section: dict) -> None:
    detector = parse(Baseline, section, "baseline")
    score = detector.fit_score(TRAIN, seed=0)
    assert score(STRANGE).mean() > score(USUAL).max()
    again = detector.fit_score(TRAIN, seed=0)
    np.testing.assert_array_equal(again(STRANGE), score(STRANGE))


def test_pca_scores_by_the_squared_distance_to_its_subspace() -> None:
    pca = parse(Baseline, {"name": "pca", "components": [2]}, "baseline")
    flat = PCA(2).fit(TRAIN.reshape(200, 9))
    rest = STRANGE.reshape(20, 9) - flat.inverse_transform(flat.transform(STRANGE.reshape(20, 9)))
    np.testing.assert_allclose(pca.fit_score(TRAIN, 0)(STRANGE), np.square(rest).sum(1))


def test_a_subspace_of_several_sizes_is_no_detector() -> None:
    with pytest.raises(InputError, match="exactly one value"):
        parse(Baseline, {"name": "pca", "components": [2, 3]}, "baseline").check_detector()
