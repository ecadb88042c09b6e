"""Poisson noise."""

from typing import TYPE_CHECKING, Any, Literal

from pydantic import PositiveFloat

from aebench.objectives.base import Corruption

if TYPE_CHECKING:
    from torch import Tensor


class Poisson(Corruption):
    """Counts of photons, `peak` of them expected where a pixel is 1, divided by `peak`.

    The noise of cameras in dim light: of mean x and variance x / peak. For numbers from 0 up.
    """

    name: Literal["poisson"]
    peak: PositiveFloat

    def corrupt(self, x: "Tensor") -> "Tensor":
        import torch

        return torch.poisson(x.clamp(min=0) * self.peak) / self.peak

    def unbiased(self, noisy: Any) -> Any:
        return noisy
