"""Models as the config names them, and the parts of a VAE that it can name by themselves."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Self

from pydantic import Field, PositiveInt

from aebench.core.registry import Kind

if TYPE_CHECKING:
    from torch import nn

HOME = "aebench.models.sections"
# As many as a byte can tell apart.
Classes = Annotated[PositiveInt, Field(le=256)]


class Model(Kind):
    """A model of images; their shape comes from the data.

    The module that `build` gives has `image_shape`. One with a code is a
    `models.encoder_decoder.EncoderDecoder`, one with a likelihood a
    `models.latent.LatentVariableModel`.
    """

    kind: ClassVar[str] = "model"
    home: ClassVar[str] = HOME

    def build(self, image_shape: Sequence[int]) -> "nn.Module":
        """The module for images of C x H x W; its weights are drawn from the global generator."""
        raise NotImplementedError


class Likelihood(Kind):
    """The likelihood of a pixel; the config may give the bare name.

    `build` gives an object, or a Python module, with what `models/likelihoods` says.
    """

    kind: ClassVar[str] = "likelihood"
    home: ClassVar[str] = HOME

    @classmethod
    def member(cls, value: Any) -> Self:
        return super().member({"name": value} if isinstance(value, str) else value)

    def build(self) -> Any:
        raise NotImplementedError


class Prior(Kind):
    """A prior p(z) that is learned: an equal mixture of K Gaussians."""

    kind: ClassVar[str] = "prior"
    home: ClassVar[str] = HOME

    def build(self, latent: int, image_shape: Sequence[int]) -> "nn.Module":
        """A module whose `components(posterior)` are means and log variances, K x `latent` each.

        `posterior` gives those of q(z|x) for images: N x C x H x W -> N x `latent` each.
        """
        raise NotImplementedError


class Flow(Kind):
    """Steps that make a Gaussian posterior a richer one."""

    kind: ClassVar[str] = "flow"
    home: ClassVar[str] = HOME

    def build(self, latent: int) -> "nn.Module":
        """A module of z, ... x N x D, and a context N x D -> the new z and log |dz'/dz|."""
        raise NotImplementedError


class Pixels(Kind):
    """A decoder's last part, in which pixels depend on those before them."""

    kind: ClassVar[str] = "pixels"
    home: ClassVar[str] = HOME

    # Maps that the decoder gives it.
    channels: PositiveInt

    def build(self, colours: int) -> "nn.Module":
        """A module like `models.pixelcnn.ConditionalPixelCNN`."""
        raise NotImplementedError
