"""Compression without loss: bits a pixel of test images, by a VAE or by traditional means."""

import math

import numpy as np
import torch
from torch import nn

from aebench.compression import bitsback, pixels, traditional
from aebench.data.pixels import binarize
from aebench.data.prepared import Prepared
from aebench.errors import InputError
from aebench.evaluation.latents import rate_distortion
from aebench.measures.config import Lossless
from aebench.measures.subject import Found, Subject, some
from aebench.models.latent import LatentVariableModel
from aebench.nets import parameters
from aebench.schema import Section
from aebench.tools import config as tools

VERSION = 1


def columns(_: Lossless) -> tuple[str, ...]:
    return ("bits_per_pixel", "bound_bits_per_pixel", "model_bytes")


def check(config: Lossless, what: nn.Module | Section, prepared: Prepared) -> None:
    if isinstance(what, Section):
        if not isinstance(what, tools.Archiver):
            raise InputError(
                "measures: lossless: the tool loses something; allowed: png, lossless-webp, "
                "lossless-jpeg2000, gzip, bz2, lzma, zstd, brotli"
            )
        return
    bitsback.check(what)
    pixels.check(what.likelihood_name, _targets(prepared.part("test")[0][:1], config.binarization))
    if not config.whole:
        raise InputError("measures: lossless: whole: bits back codes many images; allowed: true")


def measure(config: Lossless, subject: Subject) -> Found:
    """Of bytes that were written, and read back to the same images.

    `bound_bits_per_pixel`: what the model's ELBO promises. `model_bytes`: what both sides must have
    beforehand, encoder and decoder in single precision. Raises RuntimeError where the images do not
    come back.
    """
    test, _ = subject.prepared.part("test")
    images = _targets(test[some(len(test), config.images, "test images")], config.binarization)
    if subject.tool:
        files = _archived(subject.tool.name, images, config)
        _must_equal(files.images, images, subject.tool.name)
        return Found({"bits_per_pixel": files.bits_per_pixel, "model_bytes": 0})
    model = subject.run.model()
    data = bitsback.encode(model, images)
    _must_equal(bitsback.decode(model, data, len(images)), images, "bits back")
    return Found(
        {
            "bits_per_pixel": 8 * len(data) / images.size,
            "bound_bits_per_pixel": _bound(model, images, subject.seed),
            "model_bytes": 4 * parameters(model),
        }
    )


def _targets(images: np.ndarray, binarization: str) -> np.ndarray:
    drawn = binarize(torch.from_numpy(images), binarization)
    return drawn.mul(255).round().byte().numpy()


def _archived(name: str, images: np.ndarray, config: Lossless) -> traditional.Files:
    name = name.removeprefix("lossless-")
    if config.binarization == "fixed" and name in traditional.STREAMS:
        # A byte for each black or white pixel would be a handicap.
        packed = traditional.packed(images)
        files = traditional.lossless(name, packed, config.whole)
        bits = np.unpackbits(files.images[:, 0, 0], axis=1)[:, : images[0].size]
        back = bits.reshape(images.shape)
        return traditional.Files(files.sizes, back * np.uint8(255))
    return traditional.lossless(name, images, config.whole)


def _must_equal(back: np.ndarray, images: np.ndarray, what: str) -> None:
    if not np.array_equal(back, images):
        raise RuntimeError(f"{what}: the images did not come back as they were")


def _bound(model: LatentVariableModel, images: np.ndarray, seed: int) -> float:
    targets = torch.from_numpy(images).float() / 255
    return -rate_distortion(model, targets, seed).elbo / (math.log(2) * images[0].size)
