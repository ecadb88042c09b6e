"""What every optimizer's section has, and what it tells the one who steps it."""

from typing import TYPE_CHECKING, Annotated, ClassVar

from pydantic import Field, PositiveFloat

from aebench.schema import Section

if TYPE_CHECKING:
    from torch import nn
    from torch.optim import Optimizer

Momentum = Annotated[float, Field(ge=0, lt=1)]


class OptimizerSection(Section):
    """An optimizer by its `name` and knobs; `build` makes it, for all of a module's parameters."""

    # Gradients must stay differentiable: `backward(create_graph=True)`.
    second_order: ClassVar[bool] = False
    # An update asks for several gradients, so all of them must be of one and the same function.
    reevaluates: ClassVar[bool] = False
    # What a step adds to the weights is in proportion to `lr`, and nothing in it is decided on the
    # CPU: a CUDA graph can repeat it.
    recordable: ClassVar[bool] = False

    lr: PositiveFloat

    def build(self, module: "nn.Module") -> "Optimizer":
        raise NotImplementedError
