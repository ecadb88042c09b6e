"""The lossless codec: bits back with ANS (BB-ANS; Townsend et al. 2019) for VAEs.

To encode an image x, latents z are popped from a stack of bits as samples of q(z|x), then x is
pushed by p(x|z) and z by p(z). The decoder, once it knows x, pushes the bits of z back: the stack
grows by -log p(x|z) - log p(z) + log q(z|x) bits, on average by -ELBO.
"""

import zlib

import numpy as np
from torch import Tensor, nn

from aebench.compression import pixels
from aebench.compression.exact import ROWS, ExactNets
from aebench.compression.grids import Grid
from aebench.compression.priors import Mixture, Prior, StandardNormal, UpperLayer
from aebench.compression.stack import Stack
from aebench.compression.zipped import unzip
from aebench.core.errors import InputError
from aebench.core.seeding import derive
from aebench.data.scaling import to_unit_range
from aebench.models.two_layers import TwoLayerVAE
from aebench.models.vae import VAE

# Bytes of the checksum.
CHECKSUM = 4
# At most so many bits are popped for a point of a grid; see `constriction`.
BITS_A_POINT = 24


Nets = ExactNets[VAE | TwoLayerVAE]


def encode(model: nn.Module, images: np.ndarray) -> bytes:
    """Encode uint8 images, N x C x H x W, so that `decode` returns exactly these.

    The result also contains the bits that the first latents were popped from, the latents' grid,
    and a checksum of the images. Raises InputError where the model is no VAE with a density that
    can be coded, or where its likelihood gives these images no probability: Bernoulli pixels are 0
    or 255.
    """
    check(model)
    assert isinstance(model, VAE | TwoLayerVAE)
    pixels.check(model.likelihood_name, images)
    nets: Nets = ExactNets(model)
    grids = _fit(nets, images)
    codec = _Codec(nets, grids)
    dimensions = sum(len(grid.exponents) for grid in grids)
    spare = ROWS * dimensions * BITS_A_POINT // 32
    random = np.random.default_rng(derive("initial bits"))
    stack = Stack(random.integers(2**32, size=spare, dtype=np.uint32), seal=True)
    done = 0
    for size in batch_sizes(len(images)):
        codec.push(stack, images[done : done + size])
        done += size
    words = stack.touched_words()
    side = zlib.compress(b"".join(grid.to_bytes() for grid in grids), 9)
    header = _checksum(images) + len(side).to_bytes(2, "little") + side
    return header + words.astype("<u4").tobytes()


def decode(model: nn.Module, data: bytes, count: int) -> np.ndarray:
    """Undo `encode`: `count` uint8 images, N x C x H x W.

    Raises InputError where the images' checksum differs: the nets gave other outputs here.
    """
    assert isinstance(model, VAE | TwoLayerVAE)
    nets: Nets = ExactNets(model)
    end = CHECKSUM + 2 + int.from_bytes(data[CHECKSUM : CHECKSUM + 2], "little")
    grids = _split(data[CHECKSUM + 2 : end], model)
    codec = _Codec(nets, grids)
    stack = Stack(np.frombuffer(data[end:], "<u4").astype(np.uint32))
    parts = []
    for size in reversed(batch_sizes(count)):
        parts.append(codec.pop(stack, size))
        # Where outputs or `count` differ from encoding, the stack runs empty.
        if stack.exhausted:
            break
    images = np.concatenate(parts[::-1])
    if stack.exhausted or _checksum(images) != data[:CHECKSUM]:
        raise InputError(
            "the decoded images are not those that were encoded",
            "the model's outputs differ here",
            "the kind of machine and version of torch that encoded them",
        )
    return images


def check(model: nn.Module) -> None:
    """Raise InputError where bits-back coding cannot sample the model's posterior."""
    if not isinstance(model, VAE | TwoLayerVAE):
        raise InputError(f"{type(model).__name__}", "not coded without loss", "VAE, TwoLayerVAE")
    if isinstance(model, VAE) and model.flow:
        raise InputError("flow", "its density is known for its own samples only", "null")
    if isinstance(model, VAE) and model.pixels:
        raise InputError("pixels", "bits back codes independent pixels only", "null")


def batch_sizes(count: int) -> list[int]:
    """Sizes of the batches whose images are coded at a time: 1 at first, then growing.

    Later latents are popped from the bits of earlier images, so that only the first batches need
    initial bits.
    """
    sizes: list[int] = []
    while (left := count - sum(sizes)) and max(sizes, default=0) < ROWS:
        sizes.append(min(ROWS, 1 + sum(sizes) // 2, left))
    full, rest = divmod(left, ROWS)
    return sizes + full * [ROWS] + [rest] * (rest > 0)


class _Codec:
    """Pushes images on the stack and pops them, by a model with these grids."""

    def __init__(self, nets: Nets, grids: list[Grid]):
        self.nets, self.grid, self.prior = nets, grids[0], _prior(nets, grids)
        self.name, self.shape = nets.model.likelihood_name, nets.model.image_shape

    def push(self, stack: Stack, images: np.ndarray) -> None:
        points = self.grid.pop(stack, *_posterior(self.nets, images))
        pixels.push(stack, self.name, images, self._outputs(points))
        self.prior.push(stack, points)

    def pop(self, stack: Stack, count: int) -> np.ndarray:
        points = self.prior.pop(stack, count)
        images = pixels.pop(stack, self.name, self._outputs(points), self.shape)
        self.grid.push(stack, points, *_posterior(self.nets, images))
        return images

    def _outputs(self, points: np.ndarray) -> np.ndarray:
        return self.nets.run(self.nets.model.decoder, self.grid.values(points))


def _posterior(nets: Nets, images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return nets.gaussian(nets.model.encoder, to_unit_range(images))


def _fit(nets: Nets, images: np.ndarray) -> list[Grid]:
    mean, deviation = _posterior(nets, images)
    grids = [Grid.fit(mean, deviation)]
    model = nets.model
    if isinstance(model, TwoLayerVAE):
        grids.append(Grid.fit(*nets.gaussian(model.inner_encoder, mean)))
    return grids


def _split(zipped: bytes, model: VAE | TwoLayerVAE) -> list[Grid]:
    latents = model.latents if isinstance(model, TwoLayerVAE) else (model.latent,)
    side = unzip(zipped, 2 * sum(latents))
    if not isinstance(model, TwoLayerVAE):
        return [Grid.from_bytes(side)]
    end = 2 * model.latents[0]
    return [Grid.from_bytes(side[:end]), Grid.from_bytes(side[end:])]


def _prior(nets: Nets, grids: list[Grid]) -> Prior:
    model = nets.model
    if isinstance(model, TwoLayerVAE):
        inner = model.inner_encoder
        pseudo_codes = model.pseudo_codes
        assert pseudo_codes is None or isinstance(pseudo_codes, Tensor)
        upper = _top_prior(nets, grids[1], inner, pseudo_codes)
        return UpperLayer(grids[0], upper, nets, inner, model.inner_decoder)
    inputs = model.pseudo_inputs() if model.pseudo_inputs else None
    return _top_prior(nets, grids[0], model.encoder, inputs)


def _top_prior(
    nets: Nets, grid: Grid, encoder: nn.Module, inputs: Tensor | None
) -> StandardNormal | Mixture:
    if inputs is None:
        return StandardNormal(grid)
    return Mixture(grid, *nets.gaussian(encoder, inputs.detach().numpy()))


def _checksum(images: np.ndarray) -> bytes:
    return zlib.crc32(images.tobytes()).to_bytes(CHECKSUM, "little")
