"""Weight initializations. All of them set biases to 0."""

import math
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import PositiveFloat

from aebench.core.counts import Count
from aebench.core.registry import Kind

if TYPE_CHECKING:
    from torch import Tensor, nn


class Init(Kind):
    """An initialization of weight matrices."""

    kind: ClassVar[str] = "init"
    home: ClassVar[str] = "aebench.nets.init"
    requires: ClassVar[tuple[str, ...]] = ("fill",)

    def fill(self, matrix: "Tensor", fan_in: float, fan_out: float) -> None:
        """Fill `matrix`, outputs x inputs, in place, by the global generator."""
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
    """`incoming` random normal weights per unit, the others 0 (Martens 2010, sec. 5)."""

    name: Literal["sparse"]
    incoming: Count = 15
    std: PositiveFloat = 1.0

    def fill(self, matrix: "Tensor", fan_in: float, fan_out: float) -> None:
        import torch

        places = torch.rand_like(matrix).argsort(dim=1)[:, : self.incoming]
        values = torch.empty(places.shape, dtype=matrix.dtype).normal_(0, self.std)
        matrix.zero_().scatter_(1, places, values)


class Normal(Init):
    """Normal with the same standard deviation for all layers."""

    name: Literal["normal"]
    std: PositiveFloat

    def fill(self, matrix: "Tensor", fan_in: float, fan_out: float) -> None:
        matrix.normal_(0, self.std)


def initialize(module: "nn.Module", init: Init | None) -> "nn.Module":
    """Initialize all dense and convolutional layers of `module` in place and return it.

    None keeps PyTorch's default. A layer's weight is seen as a matrix, outputs x inputs, where the
    inputs of a convolution are all pixels under its kernel.
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


def fans(layer: "nn.Linear | nn.Conv2d | nn.ConvTranspose2d") -> tuple[float, float]:
    """Fan in and fan out of the layer, away from borders.

    Unlike PyTorch's, they account for strides: each output pixel of a transposed convolution of
    stride 2 depends on a quarter of its kernel.
    """
    from torch import nn

    if isinstance(layer, nn.Linear):
        return layer.in_features, layer.out_features
    kernel, stride = math.prod(layer.kernel_size), math.prod(layer.stride)
    if isinstance(layer, nn.ConvTranspose2d):
        return layer.in_channels * kernel / stride, layer.out_channels * kernel
    return layer.in_channels * kernel, layer.out_channels * kernel / stride
