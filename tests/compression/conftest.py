"""Small models of every kind that compresses."""

from collections.abc import Callable, Sequence

import pytest
import torch
from torch import nn

from aebench.models import build

HIDDEN = {"widths": [8], "unit": "tanh"}
NETS = {"encoder": HIDDEN, "decoder": HIDDEN}
CONV = {"net": "conv", "channels": [4], "unit": "relu"}
VAMP = {"name": "vamp", "pseudo_inputs": 5}
TWO_LAYERS = {
    "name": "two-layer-vae",
    "latents": [4, 2],
    "inner_encoder": HIDDEN,
    "inner_decoder": HIDDEN,
    **NETS,
}
FAMILY = {
    "vae": {"name": "vae", "latent": 3, **NETS},
    "conv": {"name": "vae", "latent": 3, "encoder": CONV, "decoder": CONV},
    "vamp": {"name": "vae", "latent": 3, "prior": VAMP, **NETS},
    "two layers": TWO_LAYERS,
    "two layers, vamp": TWO_LAYERS | {"prior": VAMP},
    "autoencoder": {"name": "autoencoder", "code": 4, **NETS},
}


@pytest.fixture
def make() -> Callable[..., nn.Module]:
    """`make(member, shape, **hyperparameters)`: posteriors narrow and apart, as after training."""

    def make(member: str, shape: Sequence[int], **hyperparameters) -> nn.Module:
        torch.manual_seed(0)
        model = build(FAMILY[member] | {"image_shape": list(shape)} | hyperparameters)
        with torch.no_grad():
            for name, parameter in model.named_parameters():
                parameter.mul_(2)
                if member != "autoencoder" and name == "encoder.layers.1.bias":
                    parameter[len(parameter) // 2 :] -= 3
        return model.eval().requires_grad_(False)

    return make
