"""Penalties on codes."""

from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field

from aebench.core.errors import InputError
from aebench.objectives.base import Penalty

if TYPE_CHECKING:
    from torch import Tensor, nn


class ActivityL1(Penalty):
    """The code's L1 norm, averaged over images (sparse coding)."""

    name: Literal["activity-l1"]

    def value(self, trainable: "nn.Module", inputs: Any, code: "Tensor") -> "Tensor":
        return code.float().abs().flatten(1).sum(1).mean()


class SparseKL(Penalty):
    """KL(Bernoulli(rate) || Bernoulli(mean activation)), summed over code units, in nats.

    The mean is over the batch (Ng 2011, CS294A lecture notes, section 3; Nair & Hinton 2009). Code
    units must be sigmoids, whose activations are probabilities.
    """

    name: Literal["sparse-kl"]
    rate: Annotated[float, Field(gt=0, lt=1)]

    def check(self, model: Any) -> None:
        """Raise InputError if the code's activation is not a sigmoid."""
        from torch import nn

        # Convolutional nets, without `activations`, end in an affine layer.
        activation = getattr(model.encoder, "activations", [nn.Identity()])[-1]
        if not isinstance(activation, nn.Sigmoid):
            raise InputError(
                "objective: penalties",
                "sparse-kl needs activations in (0, 1), and the code's unit is "
                f"{type(activation).__name__}",
                "a model whose code unit is sigmoid",
            )

    def value(self, trainable: "nn.Module", inputs: Any, code: "Tensor") -> "Tensor":
        mean = code.float().mean(0)
        # At 0 and 1, which rounding can give, the divergence is infinite.
        mean = mean.clamp(1e-6, 1 - 1e-6)
        on = self.rate * (self.rate / mean).log()
        off = (1 - self.rate) * ((1 - self.rate) / (1 - mean)).log()
        return (on + off).sum()


class CodeL2(Penalty):
    """Half the code's squared length, averaged over images.

    Squared error, this and `decoder-l2` make an autoencoder the RAE-L2 of Ghosh et al. (2020), to
    whose codes a density is fitted afterwards.
    """

    name: Literal["code-l2"]

    def value(self, trainable: "nn.Module", inputs: Any, code: "Tensor") -> "Tensor":
        return 0.5 * code.float().square().flatten(1).sum(1).mean()
