"""The base classes of models in the config, and of the parts of a VAE."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Self

from pydantic import Field

from aebench.core.counts import Count
from aebench.core.registry import Kind

if TYPE_CHECKING:
    from torch import nn

    from aebench.models.pixelcnn import ConditionalPixelCNN
    from aebench.models.vampprior import PseudoInputs

HOME = "aebench.models.sections"
# Labels are stored in a byte.
Classes = Annotated[Count, Field(le=256)]


class Model(Kind):
    """A model of images, whose shape comes from the data.

    `build` returns a module with an `image_shape`: with a code it is a
    `models.encoder_decoder.EncoderDecoder`, with a likelihood a
    `models.latent.LatentVariableModel`.
    """

    kind: ClassVar[str] = "model"
    home: ClassVar[str] = HOME

    def build(self, image_shape: Sequence[int]) -> "nn.Module":
        """The module for images of C x H x W; its weights are drawn from the global generator."""
        raise NotImplementedError

    def module(self, image_shape: Sequence[int]) -> "nn.Module":
        """The module of `build`; raises InputError where it takes more memory than is free."""
        from aebench.models.allocation import AskFirst

        with AskFirst("model"):
            return self.build(image_shape)


class Likelihood(Kind):
    """The likelihood of a pixel; in the config a mapping or just the name.

    `build` returns an object or a Python module with the interface stated in `models/likelihoods`.
    """

    kind: ClassVar[str] = "likelihood"
    home: ClassVar[str] = HOME
    # The channels that images must have; None: any number.
    channels: ClassVar[int | None] = None

    @classmethod
    def member(cls, value: Any) -> Self:
        return super().member({"name": value} if isinstance(value, str) else value)

    def build(self) -> Any:
        raise NotImplementedError


class Prior(Kind):
    """A learned prior p(z), an equal mixture of K Gaussians."""

    kind: ClassVar[str] = "prior"
    home: ClassVar[str] = HOME

    def build(self, latent: int, image_shape: Sequence[int]) -> "PseudoInputs":
        """A module like PseudoInputs: `components(posterior)` gives means and log variances.

        Each is K x `latent`. `posterior` gives those of q(z|x): N x C x H x W -> N x `latent` each.
        """
        raise NotImplementedError


class Flow(Kind):
    """Invertible steps that turn a Gaussian posterior into a more flexible one."""

    kind: ClassVar[str] = "flow"
    home: ClassVar[str] = HOME

    def build(self, latent: int) -> "nn.Module":
        """A module: z, ... x N x D, and a context, N x D -> the new z and log |dz'/dz|."""
        raise NotImplementedError


class Pixels(Kind):
    """An autoregressive last part of the decoder: each pixel depends on those before it."""

    kind: ClassVar[str] = "pixels"
    home: ClassVar[str] = HOME

    # Maps that it takes from the decoder.
    channels: Count

    def build(self, colours: int) -> "ConditionalPixelCNN":
        """A module like ConditionalPixelCNN, with its `forward` and `draw`."""
        raise NotImplementedError
