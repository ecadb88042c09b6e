"""The base class of optimizers in the config, with what the training must know of each."""

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
    # Needs differentiable gradients: `backward(create_graph=True)`.
    second_order: ClassVar[bool] = False
    # Evaluates the closure several times in an update: it must be the same function each time.
    uses_closure: ClassVar[bool] = False
    # A step is proportional to `lr` and decides nothing on the CPU: a CUDA graph can replay it.
    cuda_graphable: ClassVar[bool] = False

    lr: PositiveFloat

    def build(self, module: "nn.Module") -> "optim.Optimizer":
        """The optimizer of all the module's parameters; its groups have `lr`."""
        raise NotImplementedError
