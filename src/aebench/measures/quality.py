"""Quality of images against clean ones; both are float N x C x H x W in [0, 1]."""

import numpy as np

# An image without error would have an infinite PSNR.
MOST_DB = 100.0


def sse_per_image(images: np.ndarray, clean: np.ndarray) -> float:
    """The squared error, summed over pixels and averaged over images."""
    return float(np.square(images - clean).reshape(len(images), -1).sum(1).mean())


def psnr_db(images: np.ndarray, clean: np.ndarray) -> float:
    """The peak signal-to-noise ratio in dB, at most 100 an image, averaged over images."""
    error = np.square(images - clean).reshape(len(images), -1).mean(1)
    return float(-10 * np.log10(np.maximum(error, 10 ** (-MOST_DB / 10))).mean())


def ssim(images: np.ndarray, clean: np.ndarray) -> float:
    """Structural similarity (Wang et al. 2004), averaged over images and channels.

    Windows are 7 x 7, or smaller where the images are.
    """
    from skimage.metrics import structural_similarity

    height, width = images.shape[-2:]
    window = min(7, height, width)
    # Every channel of every image is compared by itself.
    return float(
        structural_similarity(
            images.reshape(-1, height, width),
            clean.reshape(-1, height, width),
            win_size=window - (window + 1) % 2,
            data_range=1.0,
            channel_axis=0,
        )
    )
