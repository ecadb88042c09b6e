"""The contractive penalty on the sensitivity of the code to the image."""

from typing import TYPE_CHECKING, Any, ClassVar, Literal

from aebench.core.errors import InputError
from aebench.objectives.base import Penalty

if TYPE_CHECKING:
    from torch import Tensor, nn


class Contractive(Penalty):
    """The squared Frobenius norm of the encoder's Jacobian, averaged over images.

    Rifai et al. (2011) have a closed form for one sigmoid layer. For any encoder, |J|^2 is
    E |v J|^2 over random signs v (Hutchinson 1990), estimated without bias from one v per image at
    the cost of one backward pass. A code must not depend on other images in the batch.
    """

    needs_input_gradient: ClassVar[bool] = True

    name: Literal["contractive"]

    def check(self, model: Any) -> None:
        """Raise InputError if the encoder has batch norm."""
        from torch import nn

        if any(
            isinstance(part, nn.modules.batchnorm._BatchNorm) for part in model.encoder.modules()
        ):
            raise InputError(
                "objective: penalties",
                "contractive needs codes that depend on one image each, and the encoder has batch "
                "norm",
                "a model without",
            )

    def value(self, trainable: "nn.Module", inputs: "Tensor", code: "Tensor") -> "Tensor":
        import torch

        signs = torch.randint_like(code, 2) * 2 - 1
        (product,) = torch.autograd.grad(code, inputs, signs, create_graph=True)
        return product.float().square().flatten(1).sum(1).mean()
