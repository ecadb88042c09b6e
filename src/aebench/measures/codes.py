"""Codes of images, and images decoded from sampled codes, for models of any kind."""

from typing import Any

import torch
from torch import Tensor

from aebench.core.errors import InputError
from aebench.core.seeding import seeded
from aebench.data.pixels import binarized, in_chunks, to_float
from aebench.measures.densities import binarization_of
from aebench.measures.inputs import RunInput
from aebench.metrics.generation.mixture import CodeMixture
from aebench.models.encoder_decoder import EncoderDecoder
from aebench.models.latent import LatentVariableModel


def has_code(model: Any) -> bool:
    return hasattr(model, "encode") and hasattr(model, "decode")


def check(measure: str, model: Any) -> None:
    """Raise InputError where a model has no codes."""
    if not has_code(model):
        raise InputError(
            "measures", f"{measure}: the model has no code", "models that encode and decode"
        )


def training_targets(input: RunInput, images: Tensor) -> Tensor:
    """uint8 images, binarized as in the run's training.

    Fixed binarization depends on the order of the images.
    """
    spec = input.run.spec
    with seeded(spec.seed, "targets"):
        return binarized(images, binarization_of(spec.objective))


@torch.no_grad()
def encode(model: EncoderDecoder, images: Tensor) -> Tensor:
    """The codes of float or uint8 images, N x code; of a VAE the posterior means."""
    return torch.cat([model.encode(to_float(part)) for part in in_chunks(images)]).float()


@torch.no_grad()
def sample_codes(model: EncoderDecoder, images: Tensor, seed: int) -> Tensor:
    """Codes as the decoder sees them in training, N x code; of a VAE a posterior sample each."""
    if not isinstance(model, LatentVariableModel):
        return encode(model, images)
    with seeded(seed, "draws of codes"):
        parts = [model.draw(model.posterior(to_float(part)), 1)[0][0] for part in in_chunks(images)]
    return torch.cat(parts).float()


@torch.no_grad()
def decode(model: EncoderDecoder, codes: Tensor) -> Tensor:
    """Float images in [0, 1], N x C x H x W."""
    return torch.cat([model.decode(part) for part in in_chunks(codes)]).float()


@torch.no_grad()
def images_from_prior(input: RunInput, model: EncoderDecoder, codes: Tensor, count: int) -> Tensor:
    """`count` float images decoded from samples of the prior.

    The prior of a WAE is N(0, I). An autoencoder without a prior gets the Gaussian with the mean
    and covariance of `codes`, N x code (Ghosh et al. 2020, sec. 4).
    """
    spec = input.run.spec
    if isinstance(model, LatentVariableModel):
        with seeded(spec.seed, "prior"):
            return model.sample(count).float()
    penalties = getattr(spec.objective, "penalties", [])
    if not any(penalty.name == "mmd" for penalty in penalties):
        return images_from_mixture(model, codes, 1, count, spec.seed)
    with seeded(spec.seed, "prior"):
        return decode(model, torch.randn(count, codes.shape[1], device=codes.device))


def images_from_mixture(
    model: EncoderDecoder, codes: Tensor, components: int, count: int, seed: int
) -> Tensor:
    """`count` float images decoded from a mixture of Gaussians fitted to `codes`, N x code."""
    mixture = CodeMixture(codes.cpu().numpy(), components, seed)
    return decode(model, torch.from_numpy(mixture.sample(count, seed)).to(codes.device))
