"""Filters that restore each image by itself."""

from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field, NonNegativeFloat, PositiveFloat

from aebench.baselines.base import Choices, Filter, ImageFilter
from aebench.core.counts import Count

if TYPE_CHECKING:
    import numpy as np


class Identity(Filter):
    """The unchanged image, the lower bound for all filters."""

    name: Literal["identity"] = "identity"
    may_correct: ClassVar[bool] = False

    def fit_filter(self, train: "np.ndarray") -> Callable[..., ImageFilter]:
        return lambda: lambda images: images


class GaussianFilter(Filter):
    """Convolution with a Gaussian of standard deviation `sigma`, in pixels."""

    name: Literal["gaussian-filter"] = "gaussian-filter"
    sigma: Choices[PositiveFloat] = Field(default=[0.3, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.2, 1.5])

    def fit_filter(self, train: "np.ndarray") -> Callable[..., ImageFilter]:
        from scipy.ndimage import gaussian_filter

        return lambda sigma: lambda images: gaussian_filter(images, (0, 0, sigma, sigma))


class MedianFilter(Filter):
    """The median of `size` x `size` pixels."""

    name: Literal["median-filter"] = "median-filter"
    size: Choices[Count] = Field(default=[1, 2, 3, 4, 5])

    def fit_filter(self, train: "np.ndarray") -> Callable[..., ImageFilter]:
        from scipy.ndimage import median_filter

        return lambda size: lambda images: median_filter(images, (1, 1, size, size))


class TotalVariation(Filter):
    """Total-variation denoising (Chambolle 2004)."""

    name: Literal["total-variation"] = "total-variation"
    weight: Choices[PositiveFloat] = Field(default=[0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.6, 0.9, 1.3])

    def fit_filter(self, train: "np.ndarray") -> Callable[..., ImageFilter]:
        from skimage.restoration import denoise_tv_chambolle

        return lambda weight: _each(
            lambda image: denoise_tv_chambolle(image, weight, channel_axis=0)
        )


class NonLocalMeans(Filter):
    """Averages pixels with similar 5 x 5 patches around them (Buades et al. 2005).

    `sigma` is the noise's assumed standard deviation, `strength` the filter's, in units of it.
    """

    name: Literal["non-local-means"] = "non-local-means"
    sigma: Choices[PositiveFloat] = Field(default=[0.1, 0.2, 0.3, 0.45, 0.6])
    strength: Choices[PositiveFloat] = Field(default=[0.4, 0.6, 0.8])

    def fit_filter(self, train: "np.ndarray") -> Callable[..., ImageFilter]:
        return _non_local_means


class Wavelets(Filter):
    """Soft thresholds of wavelet coefficients, adapted to each subband (Chang et al. 2000).

    `sigma` is the noise's assumed standard deviation; 0: it is estimated from each image.
    """

    name: Literal["wavelets"] = "wavelets"
    wavelet: Choices[str] = Field(default=["db1", "db2", "sym4"])
    sigma: Choices[NonNegativeFloat] = Field(default=[0.0, 0.1, 0.2, 0.3, 0.45, 0.6])

    def fit_filter(self, train: "np.ndarray") -> Callable[..., ImageFilter]:
        from skimage.restoration import denoise_wavelet

        def make(wavelet: str, sigma: float) -> ImageFilter:
            options = {"sigma": sigma or None, "wavelet": wavelet, "method": "BayesShrink"}
            return _each(lambda image: denoise_wavelet(image, **options, channel_axis=0))

        return make


def _non_local_means(sigma: float, strength: float) -> ImageFilter:
    from skimage.restoration import denoise_nl_means

    def restore(image: "np.ndarray") -> "np.ndarray":
        # With a single channel scikit-image drops the channel axis, then fails to transpose.
        grey = len(image) == 1
        return denoise_nl_means(
            image[0] if grey else image,
            patch_size=5,
            patch_distance=7,
            h=strength * sigma,
            sigma=sigma,
            fast_mode=True,
            channel_axis=None if grey else 0,
        ).reshape(image.shape)

    return _each(restore)


def _each(restore: Callable[["np.ndarray"], "np.ndarray"]) -> ImageFilter:
    """A filter of N images from one of a single image, C x H x W."""
    import numpy as np

    return lambda images: np.stack([restore(image) for image in images])
