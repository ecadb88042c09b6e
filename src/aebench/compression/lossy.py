"""The lossy codec: codes of images, rounded to multiples of a step, as few bytes.

Transform coding with a learned transform (Ballé et al. 2017), here of models that were not trained
for it. The step goes along the rate-distortion curve.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from aebench.compression.entropy import CodeTable, quantized
from aebench.compression.files import Files
from aebench.compression.transforms import Transform
from aebench.core.errors import InputError

PREFIX = struct.Struct("<dI")
# Rounding steps from coarse to fine, in units of the largest deviation that a number of the code
# has.
STEPS = [2.0 ** (1 - i / 2) for i in range(14)]


@dataclass(frozen=True)
class LossyCodec:
    """Rounds each number of a code to a multiple of `step` and codes it by `table`.

    Fit the table on training images' codes, `LossyCodec.fit`: it then belongs to the decoder, as
    the model does, and no file has it. Images are uint8 N x C x H x W. A number of a decoded code
    is within half a step of what the encoder gave.
    """

    transform: Transform
    step: float
    table: CodeTable

    @classmethod
    def fit(cls, transform: Transform, codes: np.ndarray, step: float) -> "LossyCodec":
        """The codec with the table of these codes, N x D, which the transform made.

        Raises InputError where codes are 2^30 steps or more.
        """
        return cls(transform, step, CodeTable.fit(quantized(codes, step)))

    def encode(self, images: np.ndarray) -> bytes:
        """The images' codes as one string of bytes."""
        return self.table.encode(quantized(self.transform.encode(images), self.step))

    def encode_each(self, images: np.ndarray) -> list[bytes]:
        """A string of bytes for each image."""
        symbols = quantized(self.transform.encode(images), self.step)
        return [self.table.encode(symbols[n : n + 1]) for n in range(len(symbols))]

    def decode(self, data: bytes, count: int) -> np.ndarray:
        """`count` images: those that `encode` made `data` of, as far as their codes tell."""
        return self.transform.decode(self.table.decode(data, count) * self.step)


def files_by_step(
    transform: Transform, images: np.ndarray, train: np.ndarray, whole: bool
) -> Iterator[Files]:
    """The images by each of the STEPS, written and read back; all uint8 N x C x H x W.

    All as one file (`whole`), or a file each. The tables are those of the training images' codes;
    with the transform, in single precision, they are what both sides must have beforehand.
    """
    codes = transform.encode(train)
    widest = float(codes.std(0).max())
    for step in STEPS:
        codec = LossyCodec.fit(transform, codes, widest * step)
        parts = [codec.encode(images)] if whole else codec.encode_each(images)
        count = len(images) if whole else 1
        back = np.concatenate([codec.decode(data, count) for data in parts])
        model_bytes = 4 * transform.numbers + len(codec.table.to_bytes())
        yield Files([len(data) for data in parts], back, model_bytes)


def compress(transform: Transform, images: np.ndarray, step: float) -> bytes:
    """Images that bring the step and the table of their own codes with them."""
    symbols = quantized(transform.encode(images), step)
    table = CodeTable.fit(symbols)
    frequencies = table.to_bytes()
    return PREFIX.pack(step, len(frequencies)) + frequencies + table.encode(symbols)


def decompress(transform: Transform, payload: bytes, count: int) -> np.ndarray:
    """The images of `compress`: uint8 N x C x H x W; raises InputError for another count."""
    step, size = PREFIX.unpack_from(payload)
    end = PREFIX.size + size
    table = CodeTable.from_bytes(payload[PREFIX.size : end])
    # The table was counted of these images' codes, so that it knows how many there are.
    if any(counts.sum() != count for counts in table.counts):
        raise InputError(f"the compressed images are damaged: they are not {count}")
    return LossyCodec(transform, step, table).decode(payload[end:], count)
