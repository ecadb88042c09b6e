"""Bjøntegaard differences of two rate-distortion curves (ITU-T VCEG-M33, 2001).

Rates, in any unit that both curves share, are compared by their logarithm. `cubic` fits the
polynomial of degree 3 that the original has, which needs 4 points or more; `pchip` goes through all
points by monotone cubic pieces, as JVET's common test conditions do now, which no outlying point
can make swing. Points may come in any order. What the curves do not share is left out: nan where
that is all.
"""

from collections.abc import Callable, Sequence
from typing import Literal

import numpy as np
from scipy.interpolate import PchipInterpolator

Method = Literal["pchip", "cubic"]


def bd_rate(
    anchor_rate: Sequence[float],
    anchor_psnr: Sequence[float],
    rate: Sequence[float],
    psnr: Sequence[float],
    method: Method = "pchip",
) -> float:
    """How much more rate the curve needs than the anchor for the same PSNR, in per cent.

    The mean over all PSNR that both reach; negative where the curve is better.
    """
    difference = _mean_difference(
        (anchor_psnr, np.log10(anchor_rate)), (psnr, np.log10(rate)), method
    )
    return (10**difference - 1) * 100


def bd_psnr(
    anchor_rate: Sequence[float],
    anchor_psnr: Sequence[float],
    rate: Sequence[float],
    psnr: Sequence[float],
    method: Method = "pchip",
) -> float:
    """How much more PSNR the curve has than the anchor at the same rate, in dB.

    The mean over the logarithms of all rates that both have; positive where the curve is better.
    """
    return _mean_difference((np.log10(anchor_rate), anchor_psnr), (np.log10(rate), psnr), method)


def _mean_difference(anchor: tuple, curve: tuple, method: Method) -> float:
    """Of two curves, each (x, y): the mean of the second less the first over the x they share."""
    low = max(min(anchor[0]), min(curve[0]))
    high = min(max(anchor[0]), max(curve[0]))
    if low >= high:
        return float("nan")
    before, after = (_integral(*each, method) for each in (anchor, curve))
    areas = [integral(high) - integral(low) for integral in (before, after)]
    return float((areas[1] - areas[0]) / (high - low))


def _integral(x: Sequence[float], y: Sequence[float], method: Method) -> Callable:
    order = np.argsort(x)
    x, y = np.asarray(x, float)[order], np.asarray(y, float)[order]
    if method == "cubic":
        return np.polynomial.Polynomial.fit(x, y, 3).integ()
    return PchipInterpolator(x, y).antiderivative()
