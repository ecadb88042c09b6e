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


def net(name: str, unit: str, *channels: int, **more) -> dict:
    return {"net": name, "channels": list(channels), "unit": unit} | more


# By encoder and decoder: all kinds of layers and activations.
NETS = {
    "dense": ({"widths": [8], "unit": "silu", "batch_norm": True}, {"widths": [8], "unit": "gelu"}),
    "conv": (net("conv", "relu", 4, 5, batch_norm=True), net("conv", "tanh", 5, 4, dense=[6])),
    "pooled": (
        net("conv", "sigmoid", 4, 5, downsample="average"),
        net("conv", "relu", 5, 4, upsample="nearest", batch_norm=True),
    ),
    "residual": (
        net("residual", "gelu", 4, 5, batch_norm=True, blocks=1),
        net("residual", "silu", 5, 4, batch_norm=True, blocks=1),
    ),
    "inception": (
        net("inception", "relu", 16, batch_norm=True, factorized="asymmetric"),
        net("inception", "tanh", 16, 16),
    ),
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


@pytest.fixture(params=NETS)
def make_with(make, request) -> Callable[..., nn.Module]:
    """`make_with(shape, ...)`: a VAE with each of NETS in turn, whose norms have seen images."""
    encoder, decoder = NETS[request.param]

    def make_with(shape: Sequence[int], **hyperparameters) -> nn.Module:
        model = make("vae", shape, encoder=encoder, decoder=decoder, **hyperparameters).train()
        with torch.no_grad():
            for _ in range(5):
                model.elbo_terms(torch.rand(20, *shape))
        return model.eval()

    return make_with
