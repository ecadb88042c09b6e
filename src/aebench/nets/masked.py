"""The masked dense network, MADE (Germain et al. 2015): output d depends on inputs before d."""

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from aebench.nets.activations import Activation, activation


class MaskedLinear(nn.Linear):
    """An affine layer whose weight is multiplied by `mask`, outputs x inputs."""

    mask: Tensor

    def __init__(self, mask: Tensor):
        super().__init__(mask.shape[1], mask.shape[0])
        # Not saved with the weights: the sizes determine it.
        self.register_buffer("mask", mask, persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        return F.linear(x, self.weight * self.mask, self.bias)


class MADE(nn.Module):
    """... x D and a context N x D' -> a tuple of `outputs` tensors ... x D.

    Element d of an output depends on inputs 0 to d - 1 (ibid., eqs. 12 and 13) and on the whole
    context, which is added to the first hidden layer.
    """

    def __init__(
        self, size: int, context: int, widths: Sequence[int], hidden: Activation, outputs: int
    ):
        super().__init__()
        self.outputs = outputs
        # A hidden unit of degree m depends on the first m inputs.
        degrees = [torch.arange(1, size + 1)]
        degrees += [torch.arange(width) % max(1, size - 1) + 1 for width in widths]
        masks = [(after[:, None] >= before).float() for before, after in pairwise(degrees)]
        last = (degrees[0][:, None] > degrees[-1]).float().repeat(outputs, 1)
        self.layers = nn.ModuleList(MaskedLinear(mask) for mask in [*masks, last])
        self.context = nn.Linear(context, widths[0], bias=False)
        self.activation = activation(hidden)

    def forward(self, x: Tensor, context: Tensor) -> tuple[Tensor, ...]:
        x = self.layers[0](x) + self.context(context)
        for layer in self.layers[1:]:
            x = layer(self.activation(x))
        return x.chunk(self.outputs, dim=-1)
