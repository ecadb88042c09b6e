"""Encoders and decoders as the config names them by `net`, and what their sections share.

Layers are listed in the order in which data passes through them, so a decoder that mirrors an
encoder lists them backwards.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import AfterValidator, Field, PositiveInt

from aebench.core.registry import Kind
from aebench.core.schema import Section
from aebench.nets.activations import Activation
from aebench.nets.init import Init, initialize

if TYPE_CHECKING:
    from torch import nn

Widths = Annotated[list[PositiveInt], Field(min_length=1)]
Pooling = Literal["max", "average", "stochastic"]


def _odd(kernel: int) -> int:
    if kernel % 2 == 0:
        raise ValueError(f"{kernel} is not allowed; allowed: odd numbers, so that it has a centre")
    return kernel


Kernel = Annotated[PositiveInt, AfterValidator(_odd)]


class Encoder(Kind):
    """A net from images to vectors; `net: dense` where the key is missing."""

    kind: ClassVar[str] = "encoder"
    home: ClassVar[str] = "aebench.nets.sections"
    tag: ClassVar[str] = "net"
    default: ClassVar[str | None] = "dense"

    # null: layers start as PyTorch lets them.
    init: Init | None = None

    def build(self, image_shape: Sequence[int], outputs: int) -> "nn.Module":
        """The module N x C x H x W -> N x `outputs`, weights as PyTorch lets them start."""
        raise NotImplementedError

    def initialized(self, image_shape: Sequence[int], outputs: int) -> "nn.Module":
        """The module of `build`, its weights filled by `init`.

        Raises InputError where a plug-in's gives another shape.
        """
        net = initialize(self.build(image_shape, outputs), self.init)
        check_output(self, net, tuple(image_shape), (outputs,))
        return net


class Decoder(Kind):
    """A net from vectors to logits of images; `net: dense` where the key is missing."""

    kind: ClassVar[str] = "decoder"
    home: ClassVar[str] = "aebench.nets.sections"
    tag: ClassVar[str] = "net"
    default: ClassVar[str | None] = "dense"

    # null: layers start as PyTorch lets them.
    init: Init | None = None

    def build(self, inputs: int, image_shape: Sequence[int]) -> "nn.Module":
        """The module N x `inputs` -> logits N x C x H x W, weights as PyTorch lets them start."""
        raise NotImplementedError

    def initialized(self, inputs: int, image_shape: Sequence[int]) -> "nn.Module":
        """The module of `build`, its weights filled by `init`.

        Raises InputError where a plug-in's gives another shape.
        """
        net = initialize(self.build(inputs, image_shape), self.init)
        check_output(self, net, (inputs,), tuple(image_shape))
        return net


def check_output(
    section: Kind, net: "nn.Module", takes: tuple[int, ...], gives: tuple[int, ...]
) -> None:
    """Try a plug-in's net on two inputs; raises InputError where its output has another shape."""
    from aebench.core import plugins

    if not plugins.owner(type(section)):
        return
    import torch

    with torch.random.fork_rng(devices=[]), torch.no_grad():
        training = net.training
        output = net.eval()(torch.zeros(2, *takes))
        net.train(training)
    plugins.expect_shape(section, output, (2, *gives))


class Regularized(Section):
    """Regularization that the hidden layers of any net may have."""

    # Share of the hidden units that are dropped in each training step.
    dropout: Annotated[float, Field(ge=0, lt=1)] = 0.0
    # Before the unit, instead of a bias.
    batch_norm: bool = False


class Pyramid(Regularized):
    """Levels of feature maps, as many on each as `channels` says, and dense layers to the code."""

    channels: Widths
    unit: Activation
    # Hidden layers between the smallest maps and the code.
    dense: list[PositiveInt] = Field(default=[])


def check_drawable(downsample: str, activation: Activation) -> None:
    """Raise ValueError where stochastic pooling would draw among negative activations."""
    if downsample == "stochastic" and activation not in ("relu", "sigmoid"):
        raise ValueError(
            "downsample: stochastic draws activations in proportion to them, and those of "
            f"{activation} may be negative; allowed: with unit relu or sigmoid"
        )
