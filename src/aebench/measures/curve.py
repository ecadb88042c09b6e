"""Rate-distortion curves of codecs, and how they are read."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from aebench.compression.bjontegaard import bd_rate
from aebench.compression.files import Files
from aebench.measures.quality import psnr_db, sse_per_image, ssim
from aebench.measures.subject import as_float

QUALITIES = ("psnr_db", "ssim", "sse_per_image")


@dataclass(frozen=True)
class Point:
    """Of a rate-distortion curve: the rate, bits a pixel, and what comes out there."""

    rate: float
    quality: dict[str, float]
    images: np.ndarray


def curve(images: np.ndarray, files: Iterable[Files]) -> list[Point]:
    """The codec's points, small files first, without those that are larger and yet worse."""
    clean = as_float(images)
    points = []
    for point in sorted(files, key=lambda point: point.bits_per_pixel):
        back = as_float(point.images)
        quality = {
            "psnr_db": psnr_db(back, clean),
            "ssim": ssim(back, clean),
            "sse_per_image": sse_per_image(back, clean),
        }
        least = points[-1].quality["sse_per_image"] if points else np.inf
        if quality["sse_per_image"] < least:
            points.append(Point(point.bits_per_pixel, quality, point.images))
    return points


def at(points: list[Point], rate: float) -> dict[str, float]:
    """The qualities at so many bits a pixel; none below the first point."""
    if rate < points[0].rate:
        return {}
    for before, after in pairwise(points):
        if rate < after.rate:
            share = (rate - before.rate) / (after.rate - before.rate)
            return {
                name: _between(value, after.quality[name], share, name == "sse_per_image")
                for name, value in before.quality.items()
            }
    return points[-1].quality


def rate_difference(anchor: list[Point], points: list[Point]) -> float:
    """How many percent more bits than the anchor for the same PSNR (see `bd_rate`)."""
    return bd_rate(*_rates_and_psnr(anchor), *_rates_and_psnr(points))


def _between(before: float, after: float, share: float, by_ratio: bool) -> float:
    """Squared errors fall by ratios where PSNR rises by steps."""
    if by_ratio and after > 0:
        return before ** (1 - share) * after**share
    return (1 - share) * before + share * after


def _rates_and_psnr(points: list[Point]) -> tuple[list[float], list[float]]:
    return [point.rate for point in points], [point.quality["psnr_db"] for point in points]
