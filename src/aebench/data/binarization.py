"""How grey pixels become the targets of a Bernoulli likelihood."""

from typing import Literal

# stochastic: a fresh Bernoulli draw of each grey pixel each time an image is used; fixed: one draw
# for a stack of images, the same each time; none: the grey value itself as target, which is no
# likelihood of Bernoulli pixels.
Binarization = Literal["stochastic", "fixed", "none"]
