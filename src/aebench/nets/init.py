"""Initial weights that the config can name: their hyperparameters and how they fill a layer.

All of them set biases to 0. Without one, layers start as PyTorch lets them.
"""

import math
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import PositiveFloat, PositiveInt

from aebench.core.registry import Kind

if TYPE_CHECKING:
    from torch import Tensor, nn


class Init(Kind):
    """How a layer's matrix is filled."""

    kind: ClassVar[str] = "init"
    home: ClassVar[str] = "aebench.nets.init"
    requires: ClassVar[tuple[str, ...]] = ("fill",)

    def fill(self, matrix: "Tensor", fan_in: float, fan_out: float) -> None:
        """Fill `matrix`, outputs x inputs, in place, from the global generator."""
        raise NotImplementedError


class Glorot(Init):
    """Uniform with variance 2 / (fan in + fan out) (Glorot & Bengio 2010, eq. 16)."""

    name: Literal["glorot"]
    gain: PositiveFloat = 1.0

    def fill(self, matrix: "Tensor", fan_in: float, fan_out: float) -> None:
        bound = self.gain * math.sqrt(6 / (fan_in + fan_out))
        matrix.uniform_(-bound, bound)


class He(Init):
    """Normal with variance 2 / fan in (He et al. 2015, eq. 10)."""

    name: Literal["he"]
    gain: PositiveFloat = 1.0

    def fill(self, matrix: "Tensor", fan_in: float, fan_out: float) -> None:
        matrix.normal_(0, self.gain * math.sqrt(2 / fan_in))


class Orthogonal(Init):
    """A random matrix with orthonormal rows or columns, whichever are fewer (Saxe et al. 2014)."""

    name: Literal["orthogonal"]
    gain: PositiveFloat = 1.0

    def fill(self, matrix: "Tensor", fan_in: float, fan_out: float) -> None:
        from torch import nn

        nn.init.orthogonal_(matrix, self.gain)


class Sparse(Init):
    """`incoming` normal weights a unit, at random places, the others 0 (Martens 2010, sec. 5)."""

    name: Literal["sparse"]
    incoming: PositiveInt = 15
    std: PositiveFloat = 1.0

    def fill(self, matrix: "Tensor", fan_in: float, fan_out: float) -> None:
        import torch

        places = torch.rand_like(matrix).argsort(dim=1)[:, : self.incoming]
        values = torch.empty(places.shape, dtype=matrix.dtype).normal_(0, self.std)
        matrix.zero_().scatter_(1, places, values)


class Normal(Init):
    """Normal with one standard deviation for all layers, whatever their size."""

    name: Literal["normal"]
    std: PositiveFloat

    def fill(self, matrix: "Tensor", fan_in: float, fan_out: float) -> None:
        matrix.normal_(0, self.std)


def initialize(module: "nn.Module", init: Init | None) -> "nn.Module":
    """Fill all layers of `module`, dense, convolutional and transposed; None leaves them.

    A layer is seen as a matrix `outputs x inputs`, a convolution's inputs being all pixels under
    its kernel.
    """
    if init is None:
        return module
    import torch
    from torch import nn

    from aebench.nets.tied import Transposed

    with torch.no_grad():
        for layer in module.modules():
            if isinstance(layer, nn.Linear | nn.Conv2d | nn.ConvTranspose2d):
                weight = layer.weight
                if isinstance(layer, nn.ConvTranspose2d):
                    weight = weight.transpose(0, 1)
                matrix = torch.empty(weight.shape).flatten(1)
                init.fill(matrix, *fans(layer))
                weight.copy_(matrix.view(weight.shape))
            elif not isinstance(layer, Transposed):
                continue
            if layer.bias is not None:
                layer.bias.zero_()
    return module


def fans(layer: "nn.Module") -> tuple[float, float]:
    """Connections into an output of the layer, and out of an input of it, away from borders.

    Strides count: a transposed convolution of stride 2 reaches each pixel through a quarter of its
    kernel, which PyTorch's own count leaves out.
    """
    from torch import nn

    if isinstance(layer, nn.Linear):
        return layer.in_features, layer.out_features
    kernel, stride = math.prod(layer.kernel_size), math.prod(layer.stride)
    if isinstance(layer, nn.ConvTranspose2d):
        return layer.in_channels * kernel / stride, layer.out_channels * kernel
    return layer.in_channels * kernel, layer.out_channels * kernel / stride
