"""The stacked autoencoder."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

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
    # The code's activation: linear, or that of the hidden layer that pretraining turns it into.
    code: Activation = "linear"
    # Each decoder layer uses its encoder layer's matrix, transposed.
    tied: bool = False
    # null: PyTorch's default.
    init: Init | None = None

    def build(self, image_shape: Sequence[int]) -> "nn.Module":
        from aebench.models.stacked import StackedAutoencoder

        return StackedAutoencoder(image_shape, **{k: v for k, v in self if k != "name"})

    def first_layers(self, depth: int, method: Literal["greedy", "grow"]) -> "Stacked":
        """The net of the first `depth` layers, in which `method` pretrains the last one.

        Unless it is the whole net, its code has the activation of the hidden layer that the code
        becomes. Greedy pretraining has no batch normalization, because frozen layers would not
        update its statistics; it is added when the whole net is trained.
        """
        changes: dict[str, Any] = {}
        if depth < len(self.widths):
            changes |= {"widths": self.widths[:depth], "code": self.unit}
        if method == "greedy":
            changes["batch_norm"] = False
        return self.model_copy(update=changes)
