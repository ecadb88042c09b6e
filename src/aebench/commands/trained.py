"""The trained model that a command uses, on many images at a time."""

from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor

from aebench.core.errors import InputError
from aebench.core.progress import bar
from aebench.models.encoder_decoder import EncoderDecoder
from aebench.models.latent import LatentVariableModel
from aebench.training.saved_models import load

BATCH_SIZE = 500


def load_autoencoder(path: Path) -> EncoderDecoder:
    """An autoencoder or VAE; raises InputError where it is missing, damaged or another model."""
    model = load(path)
    if not isinstance(model, EncoderDecoder):
        raise InputError(path, f"is a {type(model).__name__}", "autoencoders and VAEs")
    if model.image_shape[0] not in (1, 3):
        raise InputError(path, f"takes images of {model.image_shape[0]} channels", "1 and 3")
    return model


def load_vae(path: Path) -> LatentVariableModel:
    """A VAE; raises InputError where it is missing, damaged or has no prior to draw from."""
    model = load_autoencoder(path)
    if not isinstance(model, LatentVariableModel):
        raise InputError(
            path, f"is a {type(model).__name__}, which has no distribution to draw from", "VAEs"
        )
    return model


def in_batches(function: Callable[[Tensor], Tensor], inputs: Tensor, what: str) -> Tensor:
    """The function's results for all inputs, a bar named `what` on the way."""
    with torch.no_grad(), bar(total=len(inputs), desc=what) as progress:
        results = []
        for batch in inputs.split(BATCH_SIZE):
            results.append(function(batch))
            progress.update(len(batch))
    return torch.cat(results)
