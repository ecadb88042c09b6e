"""Optimizers as the config names them, and what each tells the training that steps it."""

from typing import TYPE_CHECKING, Annotated, ClassVar

from pydantic import Field, PositiveFloat

from aebench.core.registry import Kind

if TYPE_CHECKING:
    from torch import nn, optim

Momentum = Annotated[float, Field(ge=0, lt=1)]


class Optimizer(Kind):
    """An optimizer by its `name` and hyperparameters."""

    kind: ClassVar[str] = "optimizer"
    home: ClassVar[str] = "aebench.training.optimizers.sections"
    # Gradients must stay differentiable: `backward(create_graph=True)`.
    second_order: ClassVar[bool] = False
    # An update asks for several gradients, so all of them must be of one and the same function.
    uses_closure: ClassVar[bool] = False
    # What a step adds to the weights is in proportion to `lr`, and nothing in it is decided on the
    # CPU: a CUDA graph can repeat it.
    cuda_graphable: ClassVar[bool] = False

    lr: PositiveFloat

    def build(self, module: "nn.Module") -> "optim.Optimizer":
        """The optimizer of all of the module's parameters; its groups have `lr`."""
        raise NotImplementedError
