"""Bits back in integers (see `compression/bitsback.py` for what that is).

All that encoder and decoder must agree on is arithmetic of integers: nets, distributions and the
stack. docs/reference/compressed-files.md describes the format.
"""

import hashlib
import math
import struct
import zlib

import numpy as np
from torch import Tensor, nn

from aebench.compression import bitsback
from aebench.compression.grids import EXPONENTS, REACHES, Grid
from aebench.compression.integers import steps, tables
from aebench.compression.integers.lanes import LEAST_STATE, LaneStack, packed, unpacked
from aebench.compression.integers.latents import (
    Mixture,
    Normals,
    Points,
    Prior,
    StandardNormal,
    UpperLayer,
)
from aebench.compression.integers.nets import IntegerNet
from aebench.compression.integers.pixels import PIXEL, Pixels
from aebench.compression.zipped import unzip
from aebench.core.errors import InputError
from aebench.core.progress import bar
from aebench.core.seeding import derive
from aebench.models.two_layers import TwoLayerVAE
from aebench.models.vae import VAE

# Checksum of the images, lanes, and bytes of the grids and of the lanes' states.
PREFIX = struct.Struct("<4sHHH")
# Pixels that one lane codes, at least, and the most lanes: the last states take bytes of the file.
PIXELS_A_LANE, MOST_LANES = 1 << 13, 256
# And in one batch: before there are that many, few words are there for new lanes to begin with.
PIXELS_A_LANE_AND_BATCH = 1 << 8
# Images of a batch, fewer where they would have more pixels than this, which bounds the memory.
BATCH_SIZE, PIXELS = 100, 2**21


class IntegerCodec:
    """The codec of a model, by the integers that its weights round to.

    Raises InputError where bits back cannot code the model, and Inexact where a net of it has no
    form in integers.
    """

    def __init__(self, model: nn.Module):
        bitsback.check(model)
        assert isinstance(model, VAE | TwoLayerVAE)
        self.pixels, self.shape = Pixels(model.pixel_likelihood), model.image_shape
        self.encoder, self.decoder = IntegerNet(model.encoder), IntegerNet(model.decoder)
        self.nets = [self.encoder, self.decoder]
        self.latents: tuple[int, ...]
        inputs: np.ndarray | None = None
        if isinstance(model, TwoLayerVAE):
            self.latents = model.latents
            self.inner_encoder = IntegerNet(model.inner_encoder)
            self.inner_decoder = IntegerNet(model.inner_decoder)
            self.nets += [self.inner_encoder, self.inner_decoder]
            if isinstance(codes := model.pseudo_codes, Tensor):
                inputs = _rounded(codes, steps.FRACTION)
        else:
            self.latents = (model.latent,)
            if model.pseudo_inputs:
                inputs = _logistic(model.pseudo_inputs.logits)
        self.components = None if inputs is None else Normals.of(self.nets[-2](inputs))
        self.digest = self._digest(inputs)

    def encode(self, images: np.ndarray) -> bytes:
        """Encode uint8 images, N x C x H x W, so that `decode` returns exactly these.

        Raises InputError where the likelihood gives these images no probability.
        """
        self.pixels.check(images)
        rows = self._most_images()
        starts = range(0, len(images), rows)
        posterior = Normals.joined([self._posterior(images[i : i + rows]) for i in starts])
        grids = [posterior.fitted_grid()]
        if len(self.latents) > 1:
            # From 16 to 12 fraction bits.
            values = posterior.means + 8 >> steps.LAST_FRACTION - steps.FRACTION
            grids.append(Normals.of(self.inner_encoder(values)).fitted_grid())
        points, prior = self._coding(grids)
        stack = self._random_stack()
        lanes = lanes_for(images.size)
        start = 0
        with bar(desc="encode", total=len(images), unit="image") as progress:
            for size, width in self._batches(len(images), lanes):
                stack.widen(width)
                stack.scramble()
                batch = slice(start, start + size)
                start += size
                z = points.pop(stack, posterior[batch])
                self.pixels.push(stack, images[batch], self.decoder(points.values(z)))
                prior.push(stack, z)
                progress.update(size)
        side = zlib.compress(b"".join(grid.to_bytes() for grid in grids), 9)
        states = packed(stack.states)
        prefix = PREFIX.pack(_checksum(images), lanes, len(side), len(states))
        return prefix + side + states + stack.touched_words().astype("<u4").tobytes()

    def decode(self, data: bytes, count: int) -> np.ndarray:
        """Undo `encode`: `count` uint8 images, N x C x H x W.

        Raises InputError where the data are damaged.
        """
        checksum, lanes, *sizes = PREFIX.unpack_from(data)
        start, end = np.cumsum([PREFIX.size, *sizes])[1:]
        points, prior = self._coding(self._grids(data[PREFIX.size : start]))
        batches = self._batches(count, lanes)
        states = unpacked(data[start:end], batches[-1][1])
        stack = LaneStack(states, np.frombuffer(data, "<u4", offset=end))
        parts = []
        with bar(desc="decode", total=count, unit="image") as progress:
            for batch, width in reversed(batches):
                stack.narrow(width)
                z = prior.pop(stack, batch)
                images = self.pixels.pop(stack, self.decoder(points.values(z)), self.shape)
                points.push(stack, z, self._posterior(images))
                stack.scramble()
                parts.append(images)
                progress.update(batch)
        images = np.concatenate(parts[::-1])
        if _checksum(images) != checksum:
            raise _damaged("they have another checksum")
        return images

    def _most_images(self) -> int:
        """How many images a batch holds at most."""
        return min(BATCH_SIZE, max(1, PIXELS // math.prod(self.shape)))

    def _posterior(self, images: np.ndarray) -> Normals:
        # The nearest multiples of 2^-12 to n / 255.
        inputs = ((images.astype(np.int64) << steps.FRACTION + 1) + PIXEL) // (2 * PIXEL)
        return Normals.of(self.encoder(inputs))

    def _coding(self, grids: list[Grid]) -> tuple[Points, Prior]:
        """How the latents that the decoder takes are coded: by posteriors, and by the prior."""
        every = [Points(grid) for grid in grids]
        top: Prior = StandardNormal(every[-1])
        if self.components:
            top = Mixture(every[-1], self.components)
        if len(every) == 1:
            return every[0], top
        upper = UpperLayer(
            every[0],
            top,
            lambda values: Normals.of(self.inner_encoder(values)),
            lambda values: Normals.of(self.inner_decoder(values)),
        )
        return every[0], upper

    def _grids(self, zipped: bytes) -> list[Grid]:
        side = unzip(zipped, 2 * sum(self.latents))
        grids, start = [], 0
        for size in self.latents:
            grid = Grid.from_bytes(side[start : start + 2 * size])
            for values, (least, most) in ((grid.exponents, EXPONENTS), (grid.reaches, REACHES)):
                if len(values) != size or not ((least <= values) & (values <= most)).all():
                    raise _damaged("a grid of latents")
            grids.append(grid)
            start += 2 * size
        return grids

    def _batches(self, count: int, lanes: int) -> list[tuple[int, int]]:
        """Images of each batch, and lanes that are used from it on."""
        sizes = batch_sizes(count, self._most_images())
        pixels = math.prod(self.shape) * np.maximum.accumulate(sizes)
        widths = np.clip(pixels // PIXELS_A_LANE_AND_BATCH, 1, max(1, lanes))
        return list(zip(sizes, widths.tolist(), strict=True))

    def _random_stack(self) -> LaneStack:
        """An empty lane, and as many words as the first latents may be popped from."""
        random = np.random.default_rng(derive("initial bits"))
        # At most a word for a symbol, the mixture's component among them, and one for a new lane.
        spare = BATCH_SIZE * (sum(self.latents) + 1) + MOST_LANES
        return LaneStack(
            np.array([LEAST_STATE]), random.integers(2**32, size=spare, dtype=np.uint32)
        )

    def _digest(self, pseudo_inputs: np.ndarray | None) -> bytes:
        """8 bytes of SHA-256 of all integers that the model means to this codec."""
        text = f"2 {self.pixels.text} {self.shape} {self.latents}"
        digest = hashlib.sha256(text.encode())
        for net in self.nets:
            digest.update(steps.text(net.steps).encode())
            for array in steps.numbers(net.steps):
                digest.update(array.astype("<i8").tobytes())
        if pseudo_inputs is not None:
            digest.update(pseudo_inputs.astype("<i8").tobytes())
        return digest.digest()[:8]


def batch_sizes(count: int, most: int) -> list[int]:
    """Sizes of the batches whose images are coded at a time: 1 at first, then growing to `most`.

    Later latents are popped from the bits of earlier images, so that only the first batches need
    initial bits.
    """
    sizes: list[int] = []
    done = 0
    while done < count:
        sizes.append(min(1 + done // 2, most, count - done))
        done += sizes[-1]
    return sizes


def lanes_for(pixels: int) -> int:
    return min(MOST_LANES, max(1, pixels // PIXELS_A_LANE))


def _rounded(values: Tensor, bits: int) -> np.ndarray:
    scaled = values.detach().double().numpy() * 2.0**bits
    return np.rint(scaled).clip(-(2**52), 2**52).astype(np.int64)


def _logistic(logits: Tensor) -> np.ndarray:
    """1 / (1 + exp(-logit)) with 12 fraction bits."""
    table = tables.logistic_table(steps.STEP_BITS, steps.STEPS, steps.FRACTION)
    rounded = _rounded(logits, steps.STEP_BITS).clip(-steps.STEPS, steps.STEPS)
    values = table[np.abs(rounded)]
    return np.where(rounded < 0, (1 << steps.FRACTION) - values, values)


def _checksum(images: np.ndarray) -> bytes:
    return zlib.crc32(images.tobytes()).to_bytes(4, "little")


def _damaged(what: str) -> InputError:
    return InputError(f"the compressed images are damaged: {what}")
