"""The settings of a filter that suit validation images best."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np

from aebench.baselines.base import Filter, ImageFilter

Settings = dict[str, Any]


def _as_it_is(images: np.ndarray) -> np.ndarray:
    return images


@dataclass(frozen=True)
class Tuned:
    """The filter with its settings, and those that were chosen where there was a choice."""

    filter: ImageFilter
    settings: Settings


def tuned(
    baseline: Filter,
    train: np.ndarray,
    clean: np.ndarray,
    noisy: np.ndarray,
    unbiased: ImageFilter = _as_it_is,
) -> Tuned:
    """The settings with the least squared error on validation images, the first ones of equals.

    All images are float N x C x H x W: `train` is what a filter learns from, if it learns; `noisy`
    are the validation images `clean` with the noise that is to be removed. A noise that darkens or
    brightens can be made `unbiased` first: nets learn to, and filters may.
    """
    make = baseline.fit_filter(train)
    choices = {name: value for name, value in baseline if isinstance(value, list)}
    if baseline.may_correct and unbiased(noisy) is not noisy:
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


def _with_choice(make: Callable[..., ImageFilter], before: ImageFilter) -> Callable[..., Any]:
    def choose(unbiased: bool, **settings: Any) -> ImageFilter:
        filter = make(**settings)
        return (lambda images: filter(before(images))) if unbiased else filter

    return choose
