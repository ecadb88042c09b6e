"""The trained model that a command uses, on many images at a time."""

from collections.abc import Callable, Sequence
from pathlib import Path

import torch
from torch import Tensor, nn

from aebench.commands.in_python import for_people
from aebench.commands.named.locate import locate
from aebench.core.errors import InputError, brief
from aebench.core.plugins import need
from aebench.core.progress import bar
from aebench.models.encoder_decoder import EncoderDecoder
from aebench.models.latent import LatentVariableModel
from aebench.training import saved_models
from aebench.training.runs import Run

BATCH_SIZE = 500


def load(model: str | Path, plugins: Sequence[str] = ()) -> nn.Module:
    """Load a trained model, on the CPU, in evaluation mode, without gradients.

    `model` is a path of a saved model, or a name that `aebench models` lists, such as
    `study:likelihood/vampprior/0`: the current folder is then that of the project.

    It has `encode`, `decode` and `reconstruct`; a VAE also `sample`, `elbo` and `log_likelihood`.
    Images in and out are float in [0, 1], N x C x H x W: `torch.from_numpy(images).float() / 255`
    of grey bytes. Where it fails of others, it raises TypeError or ValueError, one line that says
    what it takes. `sample(16, seed=1)` draws the same each time.

    `plugins` are files and packages that the model may need, besides those that a params.yaml in
    the current folder names. Raises InputError if it is missing, not trained or damaged, or if a
    needed plug-in is not named.
    """
    return for_people(_load(model, plugins))


def _load(model: str | Path, plugins: Sequence[str] = ()) -> nn.Module:
    source = locate(model).source
    if isinstance(source, Run):
        return _load_run(source, plugins)
    return saved_models.load(source, plugins)


def _load_run(run: Run, plugins: Sequence[str]) -> nn.Module:
    need(run.record.get("plugins", []), str(run.folder), plugins)
    try:
        return run.model().requires_grad_(False)
    except RuntimeError as error:
        # The run may be of other code, with other layers.
        reason = brief(" ".join(str(error).split()), 200)
        raise InputError(run.folder, f"not the weights of this version's model: {reason}") from None


def load_autoencoder(model: str | Path) -> EncoderDecoder:
    """An autoencoder or VAE; raises InputError where it is missing, damaged or another model."""
    net = _load(model)
    if not isinstance(net, EncoderDecoder):
        raise InputError(model, f"is a {type(net).__name__}", "autoencoders and VAEs")
    if net.image_shape[0] not in (1, 3):
        raise InputError(model, f"takes images of {net.image_shape[0]} channels", "1 and 3")
    return net


def load_vae(model: str | Path) -> LatentVariableModel:
    """A VAE; raises InputError where it is missing, damaged or has no prior to draw from."""
    net = load_autoencoder(model)
    if not isinstance(net, LatentVariableModel):
        raise InputError(
            model, f"is a {type(net).__name__}, which has no distribution to draw from", "VAEs"
        )
    return net


def in_batches(function: Callable[[Tensor], Tensor], inputs: Tensor, what: str) -> Tensor:
    """The function's results for all inputs, a bar named `what` on the way."""
    with torch.no_grad(), bar(total=len(inputs), desc=what) as progress:
        results = []
        for batch in inputs.split(BATCH_SIZE):
            results.append(function(batch))
            progress.update(len(batch))
    return torch.cat(results)
