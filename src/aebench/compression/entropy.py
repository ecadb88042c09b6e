"""Entropy coding of integer codes, each dimension by its own table of frequencies."""

import struct
import zlib
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import constriction
import numpy as np
from scipy.ndimage import gaussian_filter1d

from aebench.compression.zipped import unzip
from aebench.core.errors import InputError

# Probabilities are rounded to multiples of 2^-20: machines differ in the last digit of an
# exponential, which must not change the code.
PRECISION = 2.0**20
# Larger numbers do not fit into the two halves in which outliers are coded.
LARGEST = 2**30
# Steps that a dimension's table may cover; smoothing takes time by its square.
WIDEST = 2**16
# Bytes of the tables of all dimensions.
LARGEST_TABLES = 2**28
HALF_WORD = constriction.stream.model.Uniform(2**16)


@dataclass(frozen=True)
class CodeTable:
    """Frequencies of integers: in dimension d, `lows[d] + i` was seen `counts[d][i]` times."""

    lows: tuple[int, ...]
    counts: tuple[np.ndarray, ...]

    @classmethod
    def fit(cls, symbols: np.ndarray) -> "CodeTable":
        """Count integers, N x D; raises InputError where they cover more than 2^16 steps."""
        lows = symbols.min(0)
        if (steps := int((symbols.max(0) - lows).max())) >= WIDEST:
            raise InputError(
                "the step is too small", f"codes cover {steps} of it", f"up to {WIDEST}"
            )
        counts = [np.bincount(column) for column in (symbols - lows).T]
        return cls(tuple(map(int, lows)), tuple(counts))

    def encode(self, symbols: np.ndarray) -> bytes:
        """Encode N x D integers below 2^30, seen in `fit` or not.

        A dimension's first and last symbol stand for all integers outside of its table; how far
        each of them lies outside follows after all symbols.
        """
        encoder = constriction.stream.queue.RangeEncoder()
        outside = []
        for column, low, model in zip(symbols.T, self.lows, self._models, strict=True):
            inside = np.clip(column, low - 1, low + model.size)
            encoder.encode((inside - low + 1).astype(np.int32), model.coder)
            beyond = (inside < low) | (inside == low + model.size)
            outside.append(np.abs(column - inside)[beyond])
        for distance in np.concatenate(outside):
            halves = np.array(divmod(int(distance), 2**16), dtype=np.int32)
            encoder.encode(halves, HALF_WORD)
        # Big-endian, so that the unused bits of the last word are trailing zeros, which can be cut.
        return encoder.get_compressed().astype(">u4").tobytes().rstrip(b"\0")

    def decode(self, data: bytes, count: int) -> np.ndarray:
        """Undo `encode`: int64, count x D."""
        words = np.frombuffer(data + bytes(-len(data) % 4), dtype=">u4").astype(np.uint32)
        decoder = constriction.stream.queue.RangeDecoder(words)
        symbols = np.empty((count, len(self.lows)), dtype=np.int64)
        for d, (low, model) in enumerate(zip(self.lows, self._models, strict=True)):
            symbols[:, d] = decoder.decode(model.coder, count).astype(np.int64) + low - 1
        for d, (low, model) in enumerate(zip(self.lows, self._models, strict=True)):
            column = symbols[:, d]
            for n in np.flatnonzero((column < low) | (column == low + model.size)):
                high, rest = decoder.decode(HALF_WORD, 2)
                distance = int(high) * 2**16 + int(rest)
                column[n] += -distance if column[n] < low else distance
        return symbols

    def to_bytes(self) -> bytes:
        """The table, compressed, for a file that carries it."""
        parts = [struct.pack("<H", len(self.lows))]
        for low, counts in zip(self.lows, self.counts, strict=True):
            parts += [struct.pack("<iI", low, len(counts)), counts.astype("<u4").tobytes()]
        return zlib.compress(b"".join(parts), 9)

    @classmethod
    def from_bytes(cls, data: bytes) -> "CodeTable":
        """Undo `to_bytes`; raises InputError where the data are damaged or very large."""
        raw = unzip(data, LARGEST_TABLES)
        (dimensions,), at = struct.unpack_from("<H", raw), 2
        lows, counts = [], []
        for _ in range(dimensions):
            low, size = struct.unpack_from("<iI", raw, at)
            if not 0 < size <= WIDEST:
                raise InputError(f"the compressed images are damaged: a table of {size} steps")
            lows.append(low)
            counts.append(np.frombuffer(raw, "<u4", size, at + 8).astype(np.int64))
            at += 8 + 4 * size
        return cls(tuple(lows), tuple(counts))

    @cached_property
    def _models(self) -> list["_Dimension"]:
        return [_Dimension(len(counts), _coder(counts)) for counts in self.counts]


@dataclass(frozen=True)
class _Dimension:
    size: int
    coder: Any


def _coder(counts: np.ndarray) -> Any:
    """`constriction`'s model of the smoothed counts, with a symbol on each side for outliers.

    The kernel is half as wide as Silverman's rule: with narrow steps, the codes of few images leave
    gaps that other images' codes fall into; counts with wide steps hardly change.
    """
    total = counts.sum()
    place = np.arange(len(counts))
    mean = (counts * place).sum() / total
    deviation = np.sqrt((counts * (place - mean) ** 2).sum() / total)
    padded = np.pad(counts.astype(float), 1)
    width = 0.5 * deviation * total**-0.2
    smooth = gaussian_filter1d(padded, width, mode="nearest") if width > 0 else padded
    # A single count, spread over all symbols, so that none has probability 0.
    smooth += 1 / len(smooth)
    probabilities = np.rint(smooth / smooth.sum() * PRECISION).astype(np.float64)
    return constriction.stream.model.Categorical(probabilities, perfect=False)


def quantize(codes: np.ndarray, step: float) -> np.ndarray:
    """Codes in steps, rounded to int64; raises InputError where they are too large."""
    numbers = np.rint(codes.astype(np.float64) / step)
    if not np.all(np.abs(numbers) < LARGEST):
        raise InputError(f"step {step} is too small for these codes; allowed: larger ones")
    return numbers.astype(np.int64)
