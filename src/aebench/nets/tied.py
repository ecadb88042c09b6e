"""Weight tying: a decoder layer that uses an encoder layer's matrix, transposed."""

from torch import Tensor, nn
from torch.nn import functional as F


class Transposed(nn.Module):
    """x W + b, W being the `out x in` matrix of `layer` and b a bias of its own.

    Input N x out, output N x in. The matrix stays the other layer's: it is learned through both,
    and saved once.
    """

    def __init__(self, layer: nn.Linear):
        super().__init__()
        # In a tuple, so that it is not registered as a part of this module too.
        self._tied = (layer,)
        self.bias = nn.Linear(layer.out_features, layer.in_features).bias

    def forward(self, x: Tensor) -> Tensor:
        (layer,) = self._tied
        return F.linear(x, layer.weight.T, self.bias)
