"""Salt-and-pepper noise."""

from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field

from aebench.objectives.base import Corruption

if TYPE_CHECKING:
    from torch import Tensor


class SaltAndPepper(Corruption):
    """Each number is set to 0 or 1, with probability `rate` / 2 each.

    These are the ends of the range of pixels and of sigmoid activations.
    """

    name: Literal["salt-and-pepper"]
    rate: Annotated[float, Field(ge=0, lt=1)]

    def corrupt(self, x: "Tensor") -> "Tensor":
        import torch

        chance = torch.rand_like(x)
        pepper, salt = chance < self.rate / 2, chance >= 1 - self.rate / 2
        return x.masked_fill(pepper, 0.0).masked_fill(salt, 1.0)

    def unbiased(self, noisy: Any) -> Any:
        return (noisy - self.rate / 2) / (1 - self.rate)
