"""Binarization of grey pixels, for a Bernoulli likelihood."""

from typing import Literal

# stochastic: each pixel is sampled anew each time an image is used; fixed: sampled once, by the
# order of the images; none: the target is the grey value, for which Bernoulli is not a likelihood.
Binarization = Literal["stochastic", "fixed", "none"]
