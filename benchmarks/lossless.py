"""Measures coders without loss that need no training on whole test sets: bits, speed, exactness.

    python benchmarks/lossless.py

The 10,000 grey test images of MNIST and of Fashion-MNIST, each set in one file, by context mixing
and by the tools that it is compared with. Written to benchmarks/lossless.md.
"""

import time
from pathlib import Path

import numpy as np
from machine import machine

from aebench.baselines.base import Archiver
from aebench.core.files import write_text
from aebench.data.sources.fashion_mnist import FashionMnist
from aebench.data.sources.mnist import Mnist
from aebench.reporting.markdown import table

HERE = Path(__file__).parent
SETS = {"MNIST": (Mnist, "mnist"), "Fashion-MNIST": (FashionMnist, "fashion-mnist")}
CODERS = ("context-mixing", "lossless-jpeg-xl", "jpeg-ls", "lossless-webp", "brotli", "lzma", "bz2")
COLUMNS = ("images", "coder", "bits a pixel", "seconds, both ways", "equal")
TEXT = """# Coders without loss that nothing is trained for

Made by `python benchmarks/lossless.py`: 10,000 grey test images of 28 x 28 in one file. Trained
nets stand in [the study](../studies/lossless.yaml). Published for nets on MNIST: Bit-Swap 1.27
(Kingma et al. 2019), BB-ANS 1.41 (Townsend et al. 2019), both quoted.

{table}

On {machine}; seconds with whatever else it did.
"""


def row(name: str, images: np.ndarray, coder: str) -> list[str]:
    """A line of the table."""
    archiver = Archiver.known()[coder]()
    # What is compiled once is not what is measured.
    archiver.lossless_files(images[:2], True)
    began = time.perf_counter()
    files = archiver.lossless_files(images, True)
    seconds = time.perf_counter() - began
    equal = int((files.images == images).reshape(len(images), -1).all(1).sum())
    return [name, coder, f"{files.bits_per_pixel:.4f}", f"{seconds:.1f}", f"{equal:,}"]


def main() -> None:
    rows = []
    for name, (kind, source) in SETS.items():
        raw = kind(source=source, validation=1).read()
        images = raw.images[raw.official_test]
        rows += [row(name, images, coder) for coder in CODERS]
    write_text(
        HERE / "lossless.md", TEXT.format(table=table(COLUMNS, (2, 3, 4), rows), machine=machine())
    )


if __name__ == "__main__":
    main()
