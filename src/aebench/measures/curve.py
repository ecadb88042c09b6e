"""Rate-distortion curves of codecs."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from aebench.compression.bjontegaard import bd_rate
from aebench.compression.files import Files
from aebench.data.scaling import to_unit_range
from aebench.measures.quality import psnr_db, sse_per_image, ssim

QUALITIES = ("psnr_db", "ssim", "sse_per_image")


@dataclass(frozen=True)
class Point:
    """A point of a rate-distortion curve: the rate in bits a pixel, and the decoded images."""

    rate: float
    quality: dict[str, float]
    images: np.ndarray


def curve(images: np.ndarray, files: Iterable[Files]) -> list[Point]:
    """The codec's points by increasing rate, without those that are larger and yet worse."""
    clean = to_unit_range(images)
    points: list[Point] = []
    for file in sorted(files, key=lambda file: file.bits_per_pixel):
        decoded = to_unit_range(file.images)
        quality = {
            "psnr_db": psnr_db(decoded, clean),
            "ssim": ssim(decoded, clean),
            "sse_per_image": sse_per_image(decoded, clean),
        }
        least = points[-1].quality["sse_per_image"] if points else np.inf
        if quality["sse_per_image"] < least:
            points.append(Point(file.bits_per_pixel, quality, file.images))
    return points


def at(points: list[Point], rate: float) -> dict[str, float]:
    """The qualities at a rate in bits a pixel, interpolated; empty below the first point."""
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
    """Percent more bits than the anchor for the same PSNR (see `bd_rate`)."""
    return bd_rate(*_rates_and_psnr(anchor), *_rates_and_psnr(points))


def _between(before: float, after: float, share: float, by_ratio: bool) -> float:
    """Interpolate; `by_ratio` geometrically, since squared errors fall as PSNR rises linearly."""
    if by_ratio and after > 0:
        return before ** (1 - share) * after**share
    return (1 - share) * before + share * after


def _rates_and_psnr(points: list[Point]) -> tuple[list[float], list[float]]:
    return [point.rate for point in points], [point.quality["psnr_db"] for point in points]
