"""The lossy codec: rounds codes of images to multiples of a step and entropy-codes them.

Transform coding with a learned transform (Ballé et al. 2017), but of models that were not trained
for it. The step sets the point on the rate-distortion curve.
"""

import math
import struct
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from aebench.compression.entropy import CodeTable, quantize
from aebench.compression.files import Files
from aebench.compression.transforms import Transform
from aebench.core.errors import InputError

PREFIX = struct.Struct("<dI")
# Rounding steps from coarse to fine, in units of the code's largest standard deviation.
STEPS = [2.0 ** (1 - i / 2) for i in range(14)]


@dataclass(frozen=True)
class LossyCodec:
    """Rounds codes to multiples of `step` and codes them by `table`.

    Fit the table to codes of training images (`LossyCodec.fit`): then the decoder has it, as it has
    the model, and files need not contain it. Images are uint8 N x C x H x W.
    """

    transform: Transform
    step: float
    table: CodeTable

    @classmethod
    def fit(cls, transform: Transform, codes: np.ndarray, step: float) -> "LossyCodec":
        """The codec with the table of these codes of the transform, N x D.

        Raises InputError where codes are 2^30 steps or more.
        """
        return cls(transform, step, CodeTable.fit(quantize(codes, step)))

    def encode(self, images: np.ndarray) -> bytes:
        """Encode all images into one string of bytes."""
        return self.table.encode(quantize(self.transform.encode(images), self.step))

    def encode_each(self, images: np.ndarray) -> list[bytes]:
        """Encode each image into its own string of bytes."""
        symbols = quantize(self.transform.encode(images), self.step)
        return [self.table.encode(symbols[n : n + 1]) for n in range(len(symbols))]

    def decode(self, data: bytes, count: int) -> np.ndarray:
        """Decode `count` images, from codes within half a step of the encoded ones."""
        return self.transform.decode(self.table.decode(data, count) * self.step)


def files_by_step(
    transform: Transform, images: np.ndarray, train: np.ndarray, whole: bool
) -> Iterator[Files]:
    """Encode and decode the images with each of the STEPS; all images are uint8 N x C x H x W.

    All in one file (`whole`), or a file each. Tables are those of the training images' codes;
    `model_bytes` counts them and the transform in single precision.
    """
    codes = transform.encode(train)
    widest = float(codes.std(0).max())
    for step in STEPS:
        codec = LossyCodec.fit(transform, codes, widest * step)
        parts = [codec.encode(images)] if whole else codec.encode_each(images)
        count = len(images) if whole else 1
        decoded = np.concatenate([codec.decode(data, count) for data in parts])
        model_bytes = 4 * transform.parameters + len(codec.table.to_bytes())
        yield Files([len(data) for data in parts], decoded, model_bytes)


def compress(transform: Transform, images: np.ndarray, step: float) -> bytes:
    """Encode images together with the step and the table of their own codes."""
    symbols = quantize(transform.encode(images), step)
    table = CodeTable.fit(symbols)
    frequencies = table.to_bytes()
    return PREFIX.pack(step, len(frequencies)) + frequencies + table.encode(symbols)


def decompress(transform: Transform, payload: bytes, count: int, length: int) -> np.ndarray:
    """Undo `compress`: uint8 N x C x H x W, from codes of `length` numbers.

    Raises InputError for another count or length.
    """
    step, size = PREFIX.unpack_from(payload)
    if not 0 < step < math.inf:
        raise InputError(f"the compressed images are damaged: a step of {step}")
    end = PREFIX.size + size
    table = CodeTable.from_bytes(payload[PREFIX.size : end])
    if len(table.counts) != length:
        raise InputError(
            f"the compressed images are damaged: codes of {len(table.counts)} numbers, not {length}"
        )
    # The table counts these images' codes.
    if any(counts.sum() != count for counts in table.counts):
        raise InputError(f"the compressed images are damaged: they are not {count}")
    return LossyCodec(transform, step, table).decode(payload[end:], count)
