"""Weight tying: a decoder layer with the transposed matrix of an encoder layer."""

from torch import Tensor, nn
from torch.nn import functional as F


class Transposed(nn.Module):
    """x W + b, with the `out x in` matrix W of `layer` and a bias b of its own.

    Input N x out, output N x in. The matrix remains a parameter of `layer` alone: it is trained
    through both layers and saved once.
    """

    def __init__(self, layer: nn.Linear):
        super().__init__()
        # In a tuple, so that it is not registered as a submodule of this one, too.
        self._tied = (layer,)
        self.bias = nn.Linear(layer.out_features, layer.in_features).bias

    def forward(self, x: Tensor) -> Tensor:
        (layer,) = self._tied
        return F.linear(x, layer.weight.T, self.bias)
