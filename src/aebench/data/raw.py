"""Images as a source gives them, before they are split and written."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Raw:
    """Images as they come, uint8 N x C x H x W; labels int64 N, or None where there are none.

    `official_test` is a mask of the images that the source itself sets aside for testing. `notes`
    are sentences that whoever uses the data should read: what was left out, and why.
    """

    images: np.ndarray
    labels: np.ndarray | None
    official_test: np.ndarray | None
    classes: tuple[str, ...]
    notes: tuple[str, ...] = ()
