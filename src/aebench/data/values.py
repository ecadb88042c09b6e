"""Pixels of one byte from the numbers of array files and tables."""

import math
from collections.abc import Sequence
from typing import Annotated, Literal

import numpy as np
from pydantic import AfterValidator, Field

from aebench.core.errors import InputError
from aebench.core.memory import allocate
from aebench.data.chunks import chunks


def _ordered(bounds: list[float]) -> list[float]:
    if bounds[0] >= bounds[1]:
        raise ValueError(f"[{bounds[0]:g}, {bounds[1]:g}]; allowed: the lower number first")
    if not math.isfinite(bounds[1] - bounds[0]):
        raise ValueError(f"[{bounds[0]:g}, {bounds[1]:g}]; allowed: numbers less far apart")
    return bounds


Range = Annotated[list[float], Field(min_length=2, max_length=2), AfterValidator(_ordered)]
Layout = Literal["hwc", "chw"]
NUMBERS = "buif"
# What rounding and resampling add to numbers from 0 to 1.
SLACK = 0.1


def to_uint8(
    values: np.ndarray, bounds: Sequence[float] | None, where: str
) -> tuple[np.ndarray, list[str]]:
    """Numbers, N x ..., as pixels from 0 to 255; `bounds` are the values of black and white.

    Pixels that are bytes from 0 to 255 already are returned as they are, not copied.

    Without bounds, uint8 is 0 to 255 and what lies within SLACK of [0, 1] is clipped to that; other
    numbers are 0 to 255 if the largest is above half of that. Returns notes on what was clipped,
    too. Raises InputError for other types, for numbers outside the bounds, for infinite and NaN
    ones, and where the scale is not plain.
    """
    if values.dtype.kind not in NUMBERS or values.size == 0:
        raise InputError(where, f"{values.dtype} of shape {values.shape}", "numbers, one or more")
    least, most = float(values.min()), float(values.max())
    if not (math.isfinite(least) and math.isfinite(most)):
        bad = next(i for i, row in enumerate(values, start=1) if not np.isfinite(row).all())
        raise InputError(where, f"image {bad} has a pixel that is no finite number")
    low, high = bounds or _bounds(values, least, most, where)
    notes: list[str] = []
    if least < low or most > high:
        if bounds or (low, high) != (0, 1):
            raise InputError(
                where,
                f"pixels from {least:g} to {most:g}",
                f"{low:g} to {high:g}; `range: [BLACK, WHITE]` says otherwise",
            )
        outside = sum(int(((part < low) | (part > high)).sum()) for part in chunks(values))
        notes.append(f"{outside} pixels outside of 0 to 1, {least:.9g} to {most:.9g}, are clipped")
    if values.dtype == np.uint8 and (low, high) == (0, 255):
        return values, notes
    pixels = allocate(values.shape, np.uint8, where)
    for place, part in zip(chunks(pixels), chunks(values), strict=True):
        scaled = (part.astype(np.float64) - low) * (255 / (high - low))
        place[...] = np.rint(scaled.clip(0, 255))
    return pixels, notes


def _bounds(values: np.ndarray, least: float, most: float, where: str) -> tuple[float, float]:
    if values.dtype == np.uint8:
        return (0, 1 if most <= 1 else 255)
    if least >= -SLACK and most <= 1 + SLACK:
        return (0, 1)
    if most < 128:
        raise InputError(
            where,
            f"pixels from {least:g} to {most:g}, neither plainly 0 to 1 nor 0 to 255",
            "`range: [BLACK, WHITE]`, the values of black and white",
        )
    return (0, 255)


def scale_notes(images: np.ndarray, option: str = "range: [BLACK, WHITE]") -> list[str]:
    """A note if the brightest of uint8 images uses less than half of the scale.

    It names the `option` that says what black and white are.
    """
    most = int(images.max())
    if most >= 128:
        return []
    return [
        f"The brightest pixel is {most} of 255; if that should be white, "
        f"`{option}` says which numbers in the files mean black and white"
    ]


def as_images(pixels: np.ndarray, layout: Layout | None, where: str) -> np.ndarray:
    """Images N x H x W, N x H x W x C or N x C x H x W as N x H x W or N x H x W x 3.

    C is 1 or 3; `layout` is needed if either axis could be it. Raises InputError for other shapes.
    """
    if pixels.ndim == 3:
        return pixels
    if pixels.ndim != 4:
        raise InputError(
            where,
            f"shape {pixels.shape}",
            "N x H x W, N x H x W x C, N x C x H x W, or N x pixels",
        )
    fits: dict[Layout, bool] = {"chw": pixels.shape[1] in (1, 3), "hwc": pixels.shape[3] in (1, 3)}
    if layout is None and all(fits.values()):
        raise InputError(
            where,
            f"shape {pixels.shape}: either side could be channels",
            "`layout: hwc` or `layout: chw`",
        )
    layout = layout or next((name for name in fits if fits[name]), None)
    if layout is None or not fits[layout]:
        raise InputError(where, f"shape {pixels.shape}", "1 or 3 channels")
    if layout == "chw":
        pixels = np.moveaxis(pixels, 1, -1)
    return pixels[..., 0] if pixels.shape[-1] == 1 else pixels


def unflattened(
    rows: np.ndarray,
    size: Sequence[int] | None,
    layout: Layout | None,
    where: str,
    doubt: str = "",
) -> np.ndarray:
    """Rows of N x pixels as N x H x W or N x H x W x 3, of `size` or square.

    A row's pixels are in the order H x W x C, or C x H x W with `layout: chw`. Raises InputError if
    their number does not fit; it adds `doubt` to that.
    """
    count = rows.shape[1]
    for channels in (1, 3):
        side = math.isqrt(count // channels)
        height, width = size or (side, side)
        if channels * height * width == count:
            break
    else:
        allowed = f"{height * width} or {3 * height * width} of them" if size else "a square"
        raise InputError(
            where,
            f"{count} pixels an image{doubt}",
            f"{allowed}, as `size: {list(size) if size else '[HEIGHT, WIDTH]'}` says",
        )
    if channels == 1:
        return rows.reshape(-1, height, width)
    if layout == "chw":
        return np.moveaxis(rows.reshape(-1, 3, height, width), 1, -1)
    return rows.reshape(-1, height, width, 3)
