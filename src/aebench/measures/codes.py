"""Codes of images, and images from codes that are drawn, whatever kind the model is."""

import torch
from torch import Tensor, nn

from aebench.core.errors import InputError
from aebench.core.seeding import seeded
from aebench.data.pixels import binarize, in_chunks
from aebench.measures.subject import Subject
from aebench.metrics.generation.mixture import CodeMixture
from aebench.models.latent import LatentVariableModel


def has_code(what: object) -> bool:
    return hasattr(what, "encode") and hasattr(what, "decode")


def check(measure: str, model: object) -> None:
    """Raise InputError where a model has no codes."""
    if not has_code(model):
        raise InputError(
            f"measures: {measure}: the model has no code; allowed: models that encode and decode"
        )


def seen(subject: Subject, images: Tensor) -> Tensor:
    """uint8 images as float ones, binarized as the training's were.

    A fixed draw is one of each place in the stack: of images in another order it is another one.
    """
    how = getattr(subject.run.spec.objective, "binarization", "none")
    with seeded(subject.run.spec.seed, "targets"):
        return binarize(images, how)


@torch.no_grad()
def encoded(model: nn.Module, images: Tensor) -> Tensor:
    """The code of each float image, N x code: of a VAE the posterior's mean."""
    return torch.cat([model.encode(part) for part in in_chunks(images)]).float()


@torch.no_grad()
def drawn(model: nn.Module, images: Tensor, seed: int) -> Tensor:
    """What the decoder learns from, N x code: of a VAE a draw from each image's posterior."""
    if not isinstance(model, LatentVariableModel):
        return encoded(model, images)
    with seeded(seed, "draws of codes"):
        parts = [model.draw(model.posterior(part), 1)[0][0] for part in in_chunks(images)]
    return torch.cat(parts).float()


@torch.no_grad()
def decoded(model: nn.Module, codes: Tensor) -> Tensor:
    """Float images in [0, 1], N x C x H x W."""
    return torch.cat([model.decode(part) for part in in_chunks(codes)]).float()


@torch.no_grad()
def from_prior(subject: Subject, model: nn.Module, codes: Tensor, count: int) -> Tensor:
    """`count` float images of draws from the prior.

    A VAE has one, and a WAE's is N(0, I). An autoencoder that was trained towards none is given the
    Gaussian with the mean and covariance of `codes`, N x code (Ghosh et al. 2020, sec. 4).
    """
    seed = subject.run.spec.seed
    if isinstance(model, LatentVariableModel):
        with seeded(seed, "prior"):
            return model.sample(count).float()
    penalties = getattr(subject.run.spec.objective, "penalties", [])
    if not any(penalty.name == "mmd" for penalty in penalties):
        return from_mixture(model, codes, 1, count, seed)
    with seeded(seed, "prior"):
        return decoded(model, torch.randn(count, codes.shape[1], device=codes.device))


def from_mixture(model: nn.Module, codes: Tensor, components: int, count: int, seed: int) -> Tensor:
    """`count` float images of draws from a mixture of Gaussians fitted to `codes`, N x code."""
    mixture = CodeMixture(codes.cpu().numpy(), components, seed)
    return decoded(model, torch.from_numpy(mixture.sample(count, seed)).to(codes.device))
