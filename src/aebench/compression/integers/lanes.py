"""The stack of bits, as range variant of ANS (Duda 2013) over lanes that numpy codes at a time.

Each lane has a state of its own; all of them share one stack of 32-bit words, as in Craystack
(Townsend et al. 2020), so that many lanes cost little.
"""

from typing import Protocol

import numpy as np

from aebench.core.errors import InputError

# Frequencies add up to 2^24.
PRECISION = 24
TOTAL = 1 << PRECISION
# States are in [2^31, 2^63), so that a symbol moves at most one word.
WORD = 32
LEAST_STATE = 1 << 31
# Multiplicative hashing of 31 bits (Knuth 1973, sec. 6.4).
HASHED, MULTIPLIER = (1 << 31) - 1, 1640531527
# A lane begins with this and a word.
FIRST_STATE = 1 << WORD
# A symbol of frequency f is pushed on states below f * 2^39.
ROOM = 63 - PRECISION


class Distributions(Protocol):
    """Distributions of a sequence of symbols, one for each, with integer frequencies."""

    def span(self, symbols: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Where the frequencies of these symbols begin and end, for the whole sequence."""

    def find(self, slots: np.ndarray, rows: slice) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The symbols whose frequencies hold these numbers, and where they begin and end.

        For the part `rows` of the sequence.
        """


class LaneStack:
    """Lanes with these states, int64, and the words below them, the lowest first."""

    def __init__(self, states: np.ndarray, words: np.ndarray):
        self.states = states.astype(np.int64)
        self._words = words.astype(np.int64)
        self._top = self._lowest = len(words)

    def push(self, symbols: np.ndarray, distributions: Distributions) -> None:
        """Push symbols; `pop` with the same distributions returns them in their order."""
        starts, ends = distributions.span(symbols)
        frequencies = ends - starts
        others = TOTAL - frequencies
        lanes = len(self.states)
        self._reserve(len(symbols) + lanes)
        for first in reversed(range(0, len(symbols), lanes)):
            row = slice(first, first + lanes)
            frequency = frequencies[row]
            states = self.states[: len(frequency)]
            full = np.flatnonzero(states >> ROOM >= frequency)
            if full.size:
                moved = states[full]
                self._put(moved & (2**WORD - 1))
                states[full] = moved >> WORD
            states += states // frequency * others[row] + starts[row]

    def pop(self, count: int, distributions: Distributions) -> np.ndarray:
        """Pop symbols: those that were pushed, or samples if the bits are random.

        Raises InputError where the stack is empty.
        """
        symbols = np.empty(count, dtype=np.int64)
        lanes = len(self.states)
        for first in range(0, count, lanes):
            row = slice(first, min(first + lanes, count))
            states = self.states[: row.stop - first]
            slots = states & (TOTAL - 1)
            symbols[row], starts, ends = distributions.find(slots, row)
            states >>= PRECISION
            states *= ends - starts
            states += slots - starts
            empty = np.flatnonzero(states < LEAST_STATE)
            if empty.size:
                states[empty] = states[empty] << WORD | self._take(empty.size)
        return symbols

    def widen(self, lanes: int) -> None:
        """Use more lanes, whose first states are words of the stack and so take no bits."""
        if (new := lanes - len(self.states)) > 0:
            self.states = np.concatenate([self.states, self._take(new) + FIRST_STATE])

    def narrow(self, lanes: int) -> None:
        """Undo `widen` to the lanes that there were before."""
        words = self.states[lanes:] - FIRST_STATE
        self.states = self.states[:lanes].copy()
        self._reserve(len(words))
        self._put(words)

    def scramble(self) -> None:
        """Flip a state's lowest 24 bits by a hash of those above; a second time undoes it.

        These bits tell the last symbol that was pushed: popped as they are, the next latents would
        not be samples of the posterior, but depend on the last ones.
        """
        hashes = (self.states >> PRECISION & HASHED) * MULTIPLIER & HASHED
        self.states ^= hashes >> (31 - PRECISION)

    def touched_words(self) -> np.ndarray:
        """All words except those at the bottom that were never popped, uint32."""
        return self._words[self._lowest : self._top].astype(np.uint32)

    def _put(self, words: np.ndarray) -> None:
        end = self._top + len(words)
        self._words[self._top : end] = words
        self._top = end

    def _take(self, count: int) -> np.ndarray:
        self._top -= count
        if self._top < 0:
            raise InputError("the compressed images are damaged: bits are missing")
        self._lowest = min(self._lowest, self._top)
        return self._words[self._top : self._top + count]

    def _reserve(self, count: int) -> None:
        if (missing := self._top + count - len(self._words)) > 0:
            grown = np.zeros(len(self._words) + missing, dtype=np.int64)
            self._words = np.concatenate([self._words, grown])


def packed(states: np.ndarray) -> bytes:
    """States in as many bits as each has, and five for their number."""
    number = 0
    for state in states.tolist():
        bits = state.bit_length() - 1
        number = (number << bits | state - (1 << bits)) << 5 | bits - 31
    return number.to_bytes((number.bit_length() + 7) // 8, "little")


def unpacked(data: bytes, lanes: int) -> np.ndarray:
    """Undo `packed`."""
    number, states = int.from_bytes(data, "little"), []
    for _ in range(lanes):
        bits = (number & 31) + 31
        states.append(1 << bits | number >> 5 & (1 << bits) - 1)
        number >>= bits + 5
    return np.array(states[::-1], dtype=np.int64)
