"""Poisson noise."""

from typing import TYPE_CHECKING, Any, Literal

from pydantic import PositiveFloat

from aebench.objectives.base import Corruption

if TYPE_CHECKING:
    from torch import Tensor


class Poisson(Corruption):
    """Photon counts divided by `peak`, the expected count of a pixel of 1.

    The noise of cameras in dim light, with mean x and variance x / peak; inputs below 0 count as 0.
    """

    name: Literal["poisson"]
    peak: PositiveFloat

    def corrupt(self, x: "Tensor") -> "Tensor":
        import torch

        return torch.poisson(x.clamp(min=0) * self.peak) / self.peak

    def unbiased(self, noisy: Any) -> Any:
        return noisy
