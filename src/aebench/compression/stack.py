"""The stack of bits that bits-back coding pushes symbols on and pops latents from."""

from typing import Any

import constriction
import numpy as np

# The words of the coder's state, which a message always contains.
STATE_WORDS = 2


class Stack:
    """ANS coder (Duda 2013) on top of given 32-bit words; records how many of them it popped.

    Symbols and models are those of `constriction`.
    """

    def __init__(self, words: np.ndarray, seal: bool = False):
        self._coder = constriction.stream.stack.AnsCoder(words, seal=seal)
        self._lowest = self._coder.num_words()

    def push(self, symbols: np.ndarray, *model: Any) -> None:
        """Push symbols; `pop` with the same model returns them in their order."""
        self._coder.encode_reverse(symbols, *model)

    def pop(self, *model: Any) -> np.ndarray:
        """Pop symbols: those that were pushed, or samples of the model if the bits are random."""
        symbols = self._coder.decode(*model)
        self._lowest = min(self._lowest, self._coder.num_words())
        return symbols

    @property
    def exhausted(self) -> bool:
        """Whether more was popped at some time than there was."""
        return self._lowest < STATE_WORDS

    @property
    def bits(self) -> int:
        return self._coder.num_valid_bits()

    def words(self) -> np.ndarray:
        """All words, uint32."""
        return self._coder.get_compressed()

    def touched_words(self) -> np.ndarray:
        """All words except those at the bottom that were never popped."""
        return self.words()[max(0, self._lowest - STATE_WORDS) :]
