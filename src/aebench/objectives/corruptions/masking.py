"""Masking noise."""

from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field, model_serializer

from aebench.objectives.base import Corruption

if TYPE_CHECKING:
    from torch import Tensor


class Masking(Corruption):
    """Each number is set to 0 with probability `rate`."""

    name: Literal["masking"]
    rate: Annotated[float, Field(ge=0, lt=1)]

    def corrupt(self, x: "Tensor") -> "Tensor":
        import torch

        return x * (torch.rand_like(x) >= self.rate) if self.rate else x

    def unbiased(self, noisy: Any) -> Any:
        return noisy / (1 - self.rate)

    @model_serializer
    def _as_number(self) -> float:
        return self.rate
