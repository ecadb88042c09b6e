"""Compression with loss: what is left of test images at how many bits a pixel."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from torch import nn

from aebench.compression import traditional
from aebench.compression.bjontegaard import bd_rate
from aebench.compression.lossy import LossyCodec
from aebench.compression.traditional import Files
from aebench.compression.transforms import ModelTransform, PcaTransform, Transform
from aebench.data.prepared import Prepared
from aebench.errors import InputError
from aebench.measures.codes import has_code
from aebench.measures.config import Lossy
from aebench.measures.quality import psnr_db, sse_per_image, ssim
from aebench.measures.subject import Found, Subject, as_float, some
from aebench.schema import Section
from aebench.tools import config as tools

VERSION = 2
# Rounding steps, in units of the largest deviation that a number of the code has.
STEPS = [2.0 ** (1 - i / 2) for i in range(14)]
ANCHOR = "jpeg"
QUALITIES = ("psnr_db", "ssim", "sse_per_image")
# So many images are kept for pictures.
SHOWN = 6


def columns(config: Lossy) -> tuple[str, ...]:
    at = [f"{quality}_at_{rate:g}" for rate in config.rates for quality in QUALITIES]
    return (*at, "bd_rate_percent", "model_bytes")


def check(config: Lossy, what: nn.Module | Section, prepared: Prepared) -> None:
    if not (has_code(what) or isinstance(what, tools.Codec | tools.Pca)):
        raise InputError(
            "measures: lossy: it is no lossy codec; allowed: models with a code, and the tools "
            "jpeg, webp, jpeg2000, avif, few-levels, pca"
        )


@dataclass(frozen=True)
class Point:
    """Of a rate-distortion curve: the rate, bits a pixel, and what comes out there."""

    rate: float
    quality: dict[str, float]
    images: np.ndarray


def measure(config: Lossy, subject: Subject) -> Found:
    """Of files that were written and read back.

    `..._at_RATE`: between two points of the curve as far as their rates are, and beyond the last
    one, as good as the best before it; where no file is as small, it is left out.
    `bd_rate_percent`: how much more the codec needs than JPEG for the same PSNR (Bjøntegaard), over
    what both reach, else left out. `model_bytes`: what both sides must have beforehand: the net, or
    PCA's components, in single precision, and the table of frequencies.
    """
    test, _ = subject.prepared.part("test")
    images = test[some(len(test), config.images, "test images")]
    files, model_bytes = _files(config, subject, images)
    points = curve(images, files)
    values = {
        f"{quality}_at_{rate:g}": value
        for rate in config.rates
        for quality, value in at(points, rate).items()
    }
    anchor = curve(images, _by_tool(ANCHOR, images, config.whole))
    difference = bd_rate(*_rates_and_psnr(anchor), *_rates_and_psnr(points))
    if np.isfinite(difference):
        values["bd_rate_percent"] = difference
    values["model_bytes"] = model_bytes
    shown = np.linspace(0, len(images), SHOWN + 1)[:-1].astype(int)
    arrays = {
        "original": images[shown],
        "rates": np.array([point.rate for point in points]),
        "psnr_db": np.array([point.quality["psnr_db"] for point in points]),
        "decoded": np.stack([point.images[shown] for point in points]),
    }
    return Found(values, arrays)


def curve(images: np.ndarray, files: Iterator[Files]) -> list[Point]:
    """The codec's points, small files first, without those that are larger and yet worse."""
    clean = as_float(images)
    points = []
    for one in sorted(files, key=lambda one: one.bits_per_pixel):
        back = as_float(one.images)
        quality = {
            "psnr_db": psnr_db(back, clean),
            "ssim": ssim(back, clean),
            "sse_per_image": sse_per_image(back, clean),
        }
        least = points[-1].quality["sse_per_image"] if points else np.inf
        if quality["sse_per_image"] < least:
            points.append(Point(one.bits_per_pixel, quality, one.images))
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


def _between(before: float, after: float, share: float, by_ratio: bool) -> float:
    """Squared errors fall by ratios where PSNR rises by steps."""
    if by_ratio and after > 0:
        return before ** (1 - share) * after**share
    return (1 - share) * before + share * after


def _rates_and_psnr(points: list[Point]) -> tuple[list[float], list[float]]:
    return [point.rate for point in points], [point.quality["psnr_db"] for point in points]


def _files(config: Lossy, subject: Subject, images: np.ndarray) -> tuple[Iterator[Files], int]:
    """The images by each setting of the codec, and the bytes of its model."""
    if isinstance(subject.tool, tools.Codec):
        return _by_tool(subject.tool.name, images, config.whole), 0
    train = subject.seen.part("train")[0]
    transform = PcaTransform(train) if subject.tool else ModelTransform(subject.run.model())
    codecs = _codecs(transform, train)
    table = max(len(codec.table.to_bytes()) for codec in codecs)
    return (_coded(codec, images, config.whole) for codec in codecs), 4 * transform.numbers + table


def _by_tool(name: str, images: np.ndarray, whole: bool) -> Iterator[Files]:
    if name == "few-levels":
        return (traditional.few_levels(images, n, whole) for n in traditional.LEVELS)
    *_, settings = traditional.LOSSY[name]
    return (traditional.lossy(name, images, setting, whole) for setting in settings)


def _codecs(transform: Transform, train: np.ndarray) -> list[LossyCodec]:
    codes = transform.encode(train)
    widest = float(codes.std(0).max())
    return [LossyCodec.fit(transform, codes, widest * step) for step in STEPS]


def _coded(codec: LossyCodec, images: np.ndarray, whole: bool) -> Files:
    if whole:
        data = codec.encode(images)
        return Files([len(data)], codec.decode(data, len(images)))
    each = codec.encode_each(images)
    return Files([len(data) for data in each], np.concatenate([codec.decode(d, 1) for d in each]))
