"""Penalties on the code of each image, and on that of a batch."""

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from aebench.core.errors import InputError
from aebench.objectives.base import Penalty

if TYPE_CHECKING:
    from torch import Tensor, nn


class ActivityL1(Penalty):
    """The code's magnitude, summed over the code and averaged over images (sparse coding)."""

    name: Literal["activity-l1"]

    def value(self, trainable: "nn.Module", inputs: "Tensor", code: "Tensor") -> "Tensor":
        return code.float().abs().flatten(1).sum(1).mean()


class SparseKL(Penalty):
    """KL(Bernoulli(rate) || Bernoulli(mean activation)), summed over code units, in nats.

    The mean is over the batch (Ng 2011, CS294A lecture notes, section 3; Nair & Hinton 2009). Code
    units must be sigmoid ones, whose activation is a probability.
    """

    name: Literal["sparse-kl"]
    rate: Annotated[float, Field(gt=0, lt=1)]

    def check(self, model: "nn.Module") -> None:
        """Raises InputError where the code's unit does not give numbers in (0, 1)."""
        from torch import nn

        # Nets of convolutions end in an affine layer.
        code_unit = getattr(model.encoder, "activations", [nn.Identity()])[-1]
        if not isinstance(code_unit, nn.Sigmoid):
            raise InputError(
                "objective: penalties: sparse-kl needs activations in (0, 1), and the code's unit "
                f"is {type(code_unit).__name__}; allowed: a model whose code unit is sigmoid"
            )

    def value(self, trainable: "nn.Module", inputs: "Tensor", code: "Tensor") -> "Tensor":
        mean = code.float().mean(0)
        # Units that are all off or all on are at 0 or 1 once rounded, where the divergence is inf.
        mean = mean.clamp(1e-6, 1 - 1e-6)
        on = self.rate * (self.rate / mean).log()
        off = (1 - self.rate) * ((1 - self.rate) / (1 - mean)).log()
        return (on + off).sum()


class CodeL2(Penalty):
    """Half the code's squared length, averaged over images.

    With squared error, this and `decoder-l2`, an autoencoder is the RAE-L2 of Ghosh et al. (2020),
    to whose codes a density is fitted afterwards.
    """

    name: Literal["code-l2"]

    def value(self, trainable: "nn.Module", inputs: "Tensor", code: "Tensor") -> "Tensor":
        return 0.5 * code.float().square().flatten(1).sum(1).mean()
