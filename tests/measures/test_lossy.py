"""Rate-distortion curves of codecs."""

import numpy as np
import pytest

from aebench.baselines.sections.lossy_pictures import JPEG
from aebench.compression.bjontegaard import bd_rate
from aebench.compression.files import Files
from aebench.core.errors import InputError
from aebench.measures.curve import Point, at, curve
from aebench.measures.sections.lossy import Lossy

CONFIG = Lossy(rates=[0.5, 2.0, 8.0])
POINTS = [Point(rate, {"sse_per_image": sse}, None) for rate, sse in [(1, 8.0), (2, 4.0), (4, 1.0)]]


@pytest.mark.parametrize(("rate", "sse"), [(1, 8.0), (1.5, 32**0.5), (3, 2.0), (4, 1.0), (9, 1.0)])
def test_a_curve_is_read_between_its_points_and_beyond_the_last(rate: float, sse: float) -> None:
    assert at(POINTS, rate) == {"sse_per_image": pytest.approx(sse)}


def test_nothing_is_read_below_the_smallest_file() -> None:
    assert at(POINTS, 0.99) == {}


def test_a_larger_file_that_loses_more_is_no_point_of_the_curve() -> None:
    images = np.full((2, 1, 4, 4), 100, np.uint8)
    files = [Files([size, size], images + np.uint8(off))
             for size, off in [(9, 1), (3, 5), (6, 7)]]  # fmt: skip
    points = curve(images, iter(files))
    assert [point.rate for point in points] == [3 * 8 / 16, 9 * 8 / 16]
    sse = [point.quality["sse_per_image"] for point in points]
    assert sse == pytest.approx([16 * (5 / 255) ** 2, 16 * (1 / 255) ** 2])


def test_the_difference_from_jpeg_is_bjontegaards(baseline) -> None:
    curves = []
    for name in ("jpeg", "jpeg2000"):
        found = CONFIG.compute(baseline(name))
        curves.append((found.arrays["rates"], found.arrays["psnr_db"]))
    assert found.values["bd_rate_percent"] == pytest.approx(bd_rate(*curves[0], *curves[1]))
    assert abs(found.values["bd_rate_percent"]) > 1


@pytest.mark.parametrize("whole", [True, False])
def test_jpeg_is_as_far_from_itself_as_nothing(baseline, whole: bool) -> None:
    config = CONFIG.model_copy(update={"whole": whole, "rates": [500.0]})
    found = config.compute(baseline("jpeg"))
    assert found.values["bd_rate_percent"] == pytest.approx(0)
    assert found.values["model_bytes"] == 0
    test = baseline("jpeg").prepared.part("test")[0]
    best = JPEG().files_at(98, test, whole)
    assert found.arrays["rates"][-1] == pytest.approx(best.bits_per_pixel)
    error = np.square((best.images.astype(float) - test) / 255).sum() / len(test)
    assert found.values["sse_per_image_at_500"] == pytest.approx(error)


def test_a_net_of_two_numbers_loses_what_pca_with_all_of_them_keeps(net, baseline) -> None:
    """PCA's steps become so fine that little more than the pixels' own rounding is lost."""
    narrow, whole = CONFIG.compute(net("stacked")), CONFIG.compute(baseline("pca"))
    assert whole.values["sse_per_image_at_8"] < 0.01 < narrow.values["sse_per_image_at_8"]
    assert whole.values["model_bytes"] > 4 * (36 * 36 + 36)
    for found in (narrow, whole):
        assert set(found.values) <= set(CONFIG.columns())
        assert np.all(np.diff(found.arrays["rates"]) > 0)


def test_a_file_each_costs_more_than_one_for_all(net) -> None:
    subject = net("stacked")
    each = CONFIG.model_copy(update={"whole": False})
    rates = [config.compute(subject).arrays["rates"] for config in (CONFIG, each)]
    assert rates[0][0] < rates[1][0]


def test_what_has_no_lossy_codec_is_refused(baseline, prepared, recipe) -> None:
    with pytest.raises(InputError, match="no lossy codec; allowed: models with a code, and"):
        CONFIG.check(baseline("gzip").baseline, prepared, recipe())
