"""Tuning of a filter's settings on validation images."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np

from aebench.baselines.base import Filter, ImageFilter

Settings = dict[str, Any]


def _identity(images: np.ndarray) -> np.ndarray:
    return images


@dataclass(frozen=True)
class Tuned:
    """A filter with the best settings; `settings` are those that had several choices."""

    filter: ImageFilter
    settings: Settings


def tuned(
    baseline: Filter,
    train: np.ndarray,
    clean: np.ndarray,
    noisy: np.ndarray,
    unbiased: ImageFilter = _identity,
    noisy_train: Iterable[np.ndarray] = (),
) -> Tuned:
    """Find the settings with the least squared error on validation images; the first of equals.

    All images are float N x C x H x W. `train` are images to fit the filter to, `noisy_train` the
    same with a draw of the noise each, `noisy` the validation images `clean` with noise. A filter
    that may correct images also tries to make noisy images `unbiased` first, as nets learn to where
    the noise darkens or brightens.
    """
    make = baseline.fit_to_noise(train, noisy_train)
    choices = {name: value for name, value in baseline if isinstance(value, list)}
    if baseline.may_correct and unbiased(noisy) is not noisy:
        make = _with_choice(make, unbiased)
        choices["unbiased"] = [False, True]
    best, least = None, np.inf
    for values in product(*choices.values()):
        settings = dict(zip(choices, values, strict=True))
        filter = make(**settings)
        error = float(np.square(filter(noisy).clip(0, 1) - clean).mean())
        if error < least:
            best, least = Tuned(filter, settings), error
    assert best, "no settings give finite images"
    return best


def _with_choice(
    make: Callable[..., ImageFilter], correct: ImageFilter
) -> Callable[..., ImageFilter]:
    """Add the setting `unbiased`: whether to correct the images before filtering."""

    def choose(unbiased: bool, **settings: Any) -> ImageFilter:
        filter = make(**settings)
        return (lambda images: filter(correct(images))) if unbiased else filter

    return choose
