"""Corruption of the input, from which a denoising autoencoder restores the clean one.

The first three noises are those of Vincent et al. (2010); they serve images and codes alike.
"""

from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Discriminator, Field, PositiveFloat, Tag

from aebench.schema import Section

if TYPE_CHECKING:
    from torch import Tensor

Rate = Annotated[float, Field(ge=0, lt=1)]


class Masking(Section):
    """Each number is set to 0 with probability `rate`."""

    name: Literal["masking"]
    rate: Rate

    def corrupt(self, x: "Tensor") -> "Tensor":
        import torch

        return x * (torch.rand_like(x) >= self.rate) if self.rate else x

    def unbiased(self, noisy: Any) -> Any:
        return noisy / (1 - self.rate)


class Gaussian(Section):
    """N(x, std^2) for each number x, in units of the input.

    Not clipped to the range of pixels, as in Vincent et al.: clipped noise would have another mean
    at black and white, and the codes of hidden layers have no such range.
    """

    name: Literal["gaussian"]
    std: PositiveFloat

    def corrupt(self, x: "Tensor") -> "Tensor":
        import torch

        return x + self.std * torch.randn_like(x)

    def unbiased(self, noisy: Any) -> Any:
        return noisy


class SaltAndPepper(Section):
    """Each number is set, with probability `rate`, to 0 or 1, whichever a fair coin says.

    These are the ends of the range of pixels and of sigmoid units.
    """

    name: Literal["salt-and-pepper"]
    rate: Rate

    def corrupt(self, x: "Tensor") -> "Tensor":
        import torch

        chance = torch.rand_like(x)
        pepper, salt = chance < self.rate / 2, chance >= 1 - self.rate / 2
        return x.masked_fill(pepper, 0.0).masked_fill(salt, 1.0)

    def unbiased(self, noisy: Any) -> Any:
        return (noisy - self.rate / 2) / (1 - self.rate)


class Poisson(Section):
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


def _form(value: Any) -> str:
    return "section" if isinstance(value, dict | Section) else "rate"


# A bare number is the rate of masking noise.
Corruption = Annotated[
    Annotated[Rate, Tag("rate")]
    | Annotated[
        Annotated[Masking | Gaussian | SaltAndPepper | Poisson, Field(discriminator="name")],
        Tag("section"),
    ],
    Discriminator(_form),
]


def corrupt(x: "Tensor", how: Corruption) -> "Tensor":
    """A corrupted `x`, of the same shape; the noise is drawn from the global generator."""
    return _noise(how).corrupt(x)


def unbiased(noisy: Any, how: Corruption) -> Any:
    """A tensor or array such that its mean over the noise is what was corrupted."""
    return _noise(how).unbiased(noisy)


def _noise(how: Corruption) -> Masking | Gaussian | SaltAndPepper | Poisson:
    return how if isinstance(how, Section) else Masking(name="masking", rate=how)
