import numpy as np
import pytest

from aebench.data.pca import PcaCodec
from aebench.metrics.linear_floor import clipped_error


def test_clipping_only_lowers_pca_s_error() -> None:
    random = np.random.default_rng(0)
    # Mostly black or white, so that projections leave [0, 1].
    images = (255 * (random.random((60, 1, 6, 6)) < 0.3)).astype(np.uint8)
    pca = PcaCodec(images[:40], 5)
    by_hand = (np.clip(pca.reconstruct(images), 0, 1) - images / 255) ** 2
    assert clipped_error(pca, images) == pytest.approx(by_hand.sum((1, 2, 3)).mean())
    assert clipped_error(pca, images) < 0.99 * pca.sse_per_image(images)
