"""Gaussian noise."""

from typing import TYPE_CHECKING, Any, Literal

from pydantic import PositiveFloat

from aebench.objectives.base import Corruption

if TYPE_CHECKING:
    from torch import Tensor


class Gaussian(Corruption):
    """N(x, std^2) for each number x, in units of the input.

    Not clipped to the range of pixels, as in Vincent et al.: clipping would shift the mean at black
    and white, and the codes of hidden layers have no fixed range.
    """

    name: Literal["gaussian"]
    std: PositiveFloat

    def corrupt(self, x: "Tensor") -> "Tensor":
        import torch

        return x + self.std * torch.randn_like(x)

    def unbiased(self, noisy: Any) -> Any:
        return noisy
