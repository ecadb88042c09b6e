"""The stacked autoencoder."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

from aebench.models.base import Model
from aebench.nets.activations import Activation
from aebench.nets.base import Regularized, Widths
from aebench.nets.init import Init

if TYPE_CHECKING:
    from torch import nn


class Stacked(Regularized, Model):
    """Dense layers of `widths` down to the code, mirrored on the way up."""

    name: Literal["stacked"] = "stacked"
    widths: Widths
    unit: Activation
    # Linear, or the unit of a hidden layer that the code is to become.
    code: Activation = "linear"
    # Each decoder layer uses its encoder layer's matrix, transposed.
    tied: bool = False
    # null: PyTorch's own.
    init: Init | None = None

    def build(self, image_shape: Sequence[int]) -> "nn.Module":
        from aebench.models.stacked import StackedAutoencoder

        return StackedAutoencoder(image_shape, **{k: v for k, v in self if k != "name"})

    def first_layers(self, depth: int, method: Literal["greedy", "grow"]) -> "Stacked":
        """The net's first `depth` layers while `method` pretrains the last of them.

        Before the last, the code is a hidden layer to be. Trained one by one (greedy), layers have
        no batch normalization, whose statistics frozen ones would never gather; it comes with the
        training of the whole net.
        """
        changes = {}
        if depth < len(self.widths):
            changes |= {"widths": self.widths[:depth], "code": self.unit}
        if method == "greedy":
            changes["batch_norm"] = False
        return self.model_copy(update=changes)
