"""What general tools make of images without loss: what a model that compresses is up against."""

import numpy as np

from aebench.baselines.base import Archiver
from aebench.baselines.sections.lossless_pictures import PNG, LosslessWebP
from aebench.baselines.sections.streams import LZMA
from aebench.compression.files import pack_bits
from aebench.core.progress import bar

TOOLS: dict[str, Archiver] = {"PNG": PNG(), "WebP": LosslessWebP(), "xz (LZMA)": LZMA()}
# Enough images, and numbers in them, to tell the bytes of each; the slowest tool takes seconds.
ENOUGH, NUMBERS = 2000, 4_000_000


def best_tool(images: np.ndarray) -> tuple[str, float]:
    """The tool that makes the smallest file of all images, and its bytes an image.

    `images`: uint8 N x C x H x W, of which up to 2,000 are tried, fewer if they are large, as one
    picture of tiles where the tool takes pictures. A light install has all of the tools.
    """
    some = images[: max(1, min(ENOUGH, NUMBERS // images[0].size))]
    black_and_white = bool(np.isin(some, (0, 255)).all())
    sizes = {}
    for name, tool in bar(TOOLS.items(), desc="general tools", delay=1, leave=False):
        given = pack_bits(some) if black_and_white and tool.takes_bytes else some
        sizes[name] = sum(tool.lossless_files(given, whole=True).sizes) / len(some)
    return min(sizes.items(), key=lambda item: item[1])


def comparison(ours: int, model: int, images: np.ndarray) -> str:
    """Compare a file of `ours` bytes, made with a model of `model` bytes, with the best tool's."""
    name, theirs = best_tool(images)
    saved = theirs - ours / len(images)
    tool = f"the best general tool here, lossless {name}, takes {theirs * len(images):.0f} bytes"
    if saved <= 0:
        return f"{tool} and needs no model: use that for images like these"
    return (
        f"{tool}; the model itself has {model} bytes, so that model and file together are smaller "
        f"from {int(model / saved) + 1} such images on"
    )
