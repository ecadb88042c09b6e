"""Filters that remove noise, each with the settings that suit validation images best."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np

from aebench.tools import config
from aebench.tools.linear import Subspace

# Noisy images, float N x C x H x W, to restored ones of the same shape.
Filter = Callable[[np.ndarray], np.ndarray]
Settings = dict[str, Any]


def _as_it_is(images: np.ndarray) -> np.ndarray:
    return images


@dataclass(frozen=True)
class Tuned:
    """The filter with its settings, and those that were chosen where there was a choice."""

    filter: Filter
    settings: Settings


def tuned(
    tool: config.Denoiser,
    train: np.ndarray,
    clean: np.ndarray,
    noisy: np.ndarray,
    unbiased: Filter = _as_it_is,
) -> Tuned:
    """The settings with the least squared error on validation images, the first ones of equals.

    All images are float N x C x H x W: `train` is what a tool learns from, if it learns; `noisy`
    are the validation images `clean` with the noise that is to be removed. A noise that darkens or
    brightens can be made `unbiased` first: nets learn to, and filters may.
    """
    make = _maker(tool, train)
    choices = {name: value for name, value in dict(tool).items() if isinstance(value, list)}
    if unbiased(noisy) is not noisy and not isinstance(tool, config.Identity):
        make = _with_choice(make, unbiased)
        choices["unbiased"] = [False, True]
    best, least = None, np.inf
    for values in product(*choices.values()):
        settings = dict(zip(choices, values, strict=True))
        filter = make(**settings)
        # Pixels are known to lie in [0, 1].
        error = float(np.square(filter(noisy).clip(0, 1) - clean).mean())
        if error < least:
            best, least = Tuned(filter, settings), error
    return best


def _with_choice(make: Callable[..., Filter], before: Filter) -> Callable[..., Filter]:
    def choose(unbiased: bool, **settings: Any) -> Filter:
        filter = make(**settings)
        return (lambda images: filter(before(images))) if unbiased else filter

    return choose


def _maker(tool: config.Denoiser, train: np.ndarray) -> Callable[..., Filter]:
    match tool:
        case config.Identity():
            return lambda: _as_it_is
        case config.GaussianFilter():
            return _gaussian
        case config.MedianFilter():
            return _median
        case config.TotalVariation():
            return _total_variation
        case config.NonLocalMeans():
            return _non_local_means
        case config.Wavelets():
            return _wavelets
        case config.Pca():
            subspace = Subspace(train, max(tool.components))
            return lambda components: lambda images: subspace.project(images, components)


def _gaussian(sigma: float) -> Filter:
    from scipy.ndimage import gaussian_filter

    return lambda images: gaussian_filter(images, (0, 0, sigma, sigma))


def _median(size: int) -> Filter:
    from scipy.ndimage import median_filter

    return lambda images: median_filter(images, (1, 1, size, size))


def _total_variation(weight: float) -> Filter:
    from skimage.restoration import denoise_tv_chambolle

    return _each(lambda image: denoise_tv_chambolle(image, weight, channel_axis=0))


def _non_local_means(sigma: float, strength: float) -> Filter:
    from skimage.restoration import denoise_nl_means

    def filter(image: np.ndarray) -> np.ndarray:
        # It drops a single channel and then transposes what is left.
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

    return _each(filter)


def _wavelets(wavelet: str, sigma: float) -> Filter:
    from skimage.restoration import denoise_wavelet

    return _each(
        lambda image: denoise_wavelet(
            image, sigma=sigma or None, wavelet=wavelet, method="BayesShrink", channel_axis=0
        )
    )


def _each(filter: Filter) -> Filter:
    return lambda images: np.stack([filter(image) for image in images])
