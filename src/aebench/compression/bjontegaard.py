"""Bjøntegaard differences of two rate-distortion curves (ITU-T VCEG-M33, 2001).

Curves are compared by the logarithm of their rates, which must have the same unit. `cubic` fits the
original's polynomial of degree 3 to 4 points or more; `pchip` interpolates by monotone cubic
pieces, as JVET's common test conditions do now, and does not overshoot at outliers. Points may come
in any order. Only the range that both curves share counts; without one the result is nan.
"""

from collections.abc import Callable, Sequence
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy.interpolate import PchipInterpolator

Method = Literal["pchip", "cubic"]
# x and y.
Curve = tuple[Sequence[float] | np.ndarray, Sequence[float] | np.ndarray]


def bd_rate(
    anchor_rate: Sequence[float],
    anchor_psnr: Sequence[float],
    rate: Sequence[float],
    psnr: Sequence[float],
    method: Method = "pchip",
) -> float:
    """Percent more rate than the anchor for the same PSNR, averaged over the PSNR that both reach.

    Negative where the curve is better.
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
    """dB more PSNR than the anchor at the same rate, averaged over the log rates that both have.

    Positive where the curve is better.
    """
    return _mean_difference((np.log10(anchor_rate), anchor_psnr), (np.log10(rate), psnr), method)


def _mean_difference(anchor: Curve, curve: Curve, method: Method) -> float:
    """The mean of the curve less the anchor over the x that they share."""
    low = max(min(anchor[0]), min(curve[0]))
    high = min(max(anchor[0]), max(curve[0]))
    if low >= high:
        return float("nan")
    integrals = [_integral(x, y, method) for x, y in (anchor, curve)]
    areas = [integral(high) - integral(low) for integral in integrals]
    return float((areas[1] - areas[0]) / (high - low))


def _integral(x: ArrayLike, y: ArrayLike, method: Method) -> Callable[[float], float]:
    order = np.argsort(x)
    xs, ys = np.asarray(x, float)[order], np.asarray(y, float)[order]
    if method == "cubic":
        return np.polynomial.Polynomial.fit(xs, ys, 3).integ()
    return PchipInterpolator(xs, ys).antiderivative()
