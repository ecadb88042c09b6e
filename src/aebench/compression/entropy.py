"""Whole numbers to bytes, each dimension by the frequencies that it had where they were counted."""

import struct
import zlib
from dataclasses import dataclass
from functools import cached_property

import constriction
import numpy as np
from scipy.ndimage import gaussian_filter1d

from aebench.compression.zipped import unzipped
from aebench.core.errors import InputError

Categorical = constriction.stream.model.Categorical
# Probabilities are multiples of 2^-20 before the coder sees them: the last digit of an exponential,
# in which machines differ, then moves nothing.
PRECISION = 2.0**20
# Numbers beyond it do not fit into what follows a symbol that stands for all further out.
LARGEST = 2**30
# Steps that a dimension's table may cover: smoothing takes the square of it.
WIDEST = 2**16
# Bytes of all dimensions' tables.
LARGEST_TABLES = 2**28
HALF_WORD = constriction.stream.model.Uniform(2**16)


@dataclass(frozen=True)
class CodeTable:
    """How often each number was seen: of dimension d, `counts[d][i]` times `lows[d] + i`."""

    lows: tuple[int, ...]
    counts: tuple[np.ndarray, ...]

    @classmethod
    def fit(cls, symbols: np.ndarray) -> "CodeTable":
        """Count whole numbers, N x D; raises InputError where they cover more than 2^16 steps."""
        lows = symbols.min(0)
        if (steps := int((symbols.max(0) - lows).max())) >= WIDEST:
            raise InputError(
                f"the step is too small: codes cover {steps} of it; allowed: up to {WIDEST}"
            )
        counts = [np.bincount(column) for column in (symbols - lows).T]
        return cls(tuple(map(int, lows)), tuple(counts))

    def encode(self, symbols: np.ndarray) -> bytes:
        """N x D whole numbers of any size below 2^30, counted ones or not.

        A dimension's first and last symbol stand for everything beyond what was counted; how far
        it lies out follows after all of them.
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
        # Big-endian, so that what the coder leaves open at its end are zeros at the end of the
        # bytes, which then need not be there.
        return encoder.get_compressed().astype(">u4").tobytes().rstrip(b"\0")

    def decode(self, data: bytes, count: int) -> np.ndarray:
        """The numbers, int64, count x D, that `encode` made `data` of."""
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
        """The table for a file that brings its own."""
        parts = [struct.pack("<H", len(self.lows))]
        for low, counts in zip(self.lows, self.counts, strict=True):
            parts += [struct.pack("<iI", low, len(counts)), counts.astype("<u4").tobytes()]
        return zlib.compress(b"".join(parts), 9)

    @classmethod
    def from_bytes(cls, data: bytes) -> "CodeTable":
        """What `to_bytes` made; raises InputError where it is damaged or very large."""
        raw = unzipped(data, LARGEST_TABLES)
        (dimensions,), at = struct.unpack_from("<H", raw), 2
        lows, counts = [], []
        for _ in range(dimensions):
            low, size = struct.unpack_from("<iI", raw, at)
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
    coder: Categorical


def _coder(counts: np.ndarray) -> Categorical:
    """The counts smoothed by a kernel, half as wide as Silverman's rule says, and a tail each side.

    Between few images' codes in narrow steps lie holes that other images' codes fall into; counts
    in wide steps hardly change.
    """
    total = counts.sum()
    place = np.arange(len(counts))
    mean = (counts * place).sum() / total
    deviation = np.sqrt((counts * (place - mean) ** 2).sum() / total)
    padded = np.pad(counts.astype(float), 1)
    width = 0.5 * deviation * total**-0.2
    smooth = gaussian_filter1d(padded, width, mode="nearest") if width > 0 else padded
    # As much as one number, spread out over all of them: none is impossible.
    smooth += 1 / len(smooth)
    return Categorical(np.rint(smooth / smooth.sum() * PRECISION).astype(np.float64), perfect=False)


def quantized(codes: np.ndarray, step: float) -> np.ndarray:
    """The whole numbers of steps nearest to codes; raises InputError where they are too many."""
    numbers = np.rint(codes.astype(np.float64) / step)
    if not np.all(np.abs(numbers) < LARGEST):
        raise InputError(f"step {step} is too small for these codes; allowed: larger ones")
    return numbers.astype(np.int64)
