"""The stack of bits that bits-back coding puts symbols on and takes latents off."""

import constriction
import numpy as np

# The coder's state, which is always sent.
STATE_WORDS = 2


class Stack:
    """ANS (Duda 2013) on top of given 32-bit words, that remembers how deep it was emptied.

    Symbols and models are those of `constriction`.
    """

    def __init__(self, words: np.ndarray, seal: bool = False):
        self._coder = constriction.stream.stack.AnsCoder(words, seal=seal)
        self._lowest = self._coder.num_words()

    def push(self, symbols: np.ndarray, *model) -> None:
        """Put symbols there; `pop` with the same model gives them back in their order."""
        self._coder.encode_reverse(symbols, *model)

    def pop(self, *model) -> np.ndarray:
        """Take symbols off: what was put there, or draws from the model if it is random."""
        symbols = self._coder.decode(*model)
        self._lowest = min(self._lowest, self._coder.num_words())
        return symbols

    @property
    def exhausted(self) -> bool:
        """Whether more was taken off at some time than was there."""
        return self._lowest < STATE_WORDS

    @property
    def bits(self) -> int:
        return self._coder.num_valid_bits()

    def words(self) -> np.ndarray:
        """All, uint32."""
        return self._coder.get_compressed()

    def touched_words(self) -> np.ndarray:
        """All but those at the bottom that never counted: the start of another stack."""
        return self.words()[max(0, self._lowest - STATE_WORDS) :]
