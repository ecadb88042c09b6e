"""The base classes of encoders and decoders in the config, and fields that their sections share.

Layers are listed in the order of the forward pass: a decoder that mirrors an encoder lists them in
reverse order.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import AfterValidator, Field

from aebench.core.counts import Count
from aebench.core.registry import Kind
from aebench.core.schema import Section
from aebench.nets.activations import Activation
from aebench.nets.init import Init, initialize

if TYPE_CHECKING:
    from torch import nn

Widths = Annotated[list[Count], Field(min_length=1)]
Pooling = Literal["max", "average", "stochastic"]


def _odd(kernel: int) -> int:
    if kernel % 2 == 0:
        raise ValueError(f"{kernel} is not allowed; allowed: odd numbers, so that it has a centre")
    return kernel


Kernel = Annotated[Count, AfterValidator(_odd)]


class Encoder(Kind):
    """A net from images to vectors; `net` is dense by default."""

    kind: ClassVar[str] = "encoder"
    home: ClassVar[str] = "aebench.nets.sections"
    tag: ClassVar[str] = "net"
    default: ClassVar[str | None] = "dense"

    # null: PyTorch's default.
    init: Init | None = None

    def build(self, image_shape: Sequence[int], outputs: int) -> "nn.Module":
        """The module N x C x H x W -> N x `outputs`, with PyTorch's initialization."""
        raise NotImplementedError

    def initialized(self, image_shape: Sequence[int], outputs: int) -> "nn.Module":
        """The module of `build`, initialized by `init`.

        Raises InputError if a plug-in's module has outputs of another shape.
        """
        net = initialize(self.build(image_shape, outputs), self.init)
        check_output(self, net, tuple(image_shape), (outputs,))
        return net


class Decoder(Kind):
    """A net from vectors to logits of images; `net` is dense by default."""

    kind: ClassVar[str] = "decoder"
    home: ClassVar[str] = "aebench.nets.sections"
    tag: ClassVar[str] = "net"
    default: ClassVar[str | None] = "dense"

    # null: PyTorch's default.
    init: Init | None = None

    def build(self, inputs: int, image_shape: Sequence[int]) -> "nn.Module":
        """The module N x `inputs` -> logits N x C x H x W, with PyTorch's initialization."""
        raise NotImplementedError

    def initialized(self, inputs: int, image_shape: Sequence[int]) -> "nn.Module":
        """The module of `build`, initialized by `init`.

        Raises InputError if a plug-in's module has outputs of another shape.
        """
        net = initialize(self.build(inputs, image_shape), self.init)
        check_output(self, net, (inputs,), tuple(image_shape))
        return net


def check_output(
    section: Kind, net: "nn.Module", input_shape: tuple[int, ...], output_shape: tuple[int, ...]
) -> None:
    """Run a plug-in's net on two inputs; raises InputError if the output has another shape."""
    from aebench.core import plugins

    if not plugins.owner(type(section)):
        return
    import torch

    with torch.random.fork_rng(devices=[]), torch.no_grad():
        training = net.training
        output = net.eval()(torch.zeros(2, *input_shape))
        net.train(training)
    plugins.expect_shape(section, output, (2, *output_shape))


class Regularized(Section):
    """Regularization of the hidden layers of any net."""

    # Probability of dropping a hidden unit in a training step.
    dropout: Annotated[float, Field(ge=0, lt=1)] = 0.0
    # Before the activation, in place of a bias.
    batch_norm: bool = False


class ConvLevels(Regularized):
    """Levels of `channels` feature maps at halved resolutions, and dense layers to the code."""

    channels: Widths
    unit: Activation
    # Hidden layers between the smallest maps and the code.
    dense: list[Count] = Field(default=[])


def check_drawable(downsample: str, activation: Activation) -> None:
    """Raise ValueError for stochastic pooling of activations that may be negative."""
    if downsample == "stochastic" and activation not in ("relu", "sigmoid"):
        raise ValueError(
            "downsample: stochastic draws activations in proportion to them, and those of "
            f"{activation} may be negative; allowed: with unit relu or sigmoid"
        )
