import os

import numpy as np
import pytest

from aebench.data.sources.mnist import Mnist

# Read before the fixtures hide it.
DATA_DIR = os.environ.get("AEBENCH_DATA_DIR")


@pytest.mark.skipif(not DATA_DIR, reason="needs AEBENCH_DATA_DIR with the files of MNIST")
def test_the_real_mnist(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AEBENCH_DATA_DIR", str(DATA_DIR))
    raw = Mnist(source="mnist", validation=2000).read()
    assert raw.images.shape == (70000, 1, 28, 28)
    assert raw.official_test.sum() == 10000
    # The counts and the training mean that the literature gives.
    assert np.bincount(raw.labels[raw.official_test]).tolist() == [
        *(980, 1135, 1032, 1010, 982),
        *(892, 958, 1028, 974, 1009),
    ]
    assert raw.images[~raw.official_test].mean() / 255 == pytest.approx(0.1307, abs=5e-5)
