"""What a net has to beat: PCA, its images clipped as those of nets are."""

import numpy as np

from aebench.data.chunks import chunks
from aebench.data.pca import PcaCodec
from aebench.data.scaling import to_unit_range


def clipped_error(pca: PcaCodec, images: np.ndarray) -> float:
    """Squared error of PCA's images, clipped to [0, 1], summed over pixels, a mean over images.

    `images`: uint8, N x C x H x W. Clipping only lowers it, since the originals lie in
    [0, 1], as does all that a net decodes.
    """
    errors = [
        np.square(to_unit_range(part) - pca.reconstruct(part).clip(0, 1)).sum((1, 2, 3))
        for part in chunks(images)
    ]
    return float(np.concatenate(errors).mean())
