"""Small models of every kind that compresses, and images of any shape."""

from collections.abc import Callable, Sequence

import numpy as np
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
    """`make(member, shape, **knobs)`: its posteriors are narrow and apart, as trained ones are."""

    def make(member: str, shape: Sequence[int], **knobs) -> nn.Module:
        torch.manual_seed(0)
        model = build(FAMILY[member] | {"image_shape": list(shape)} | knobs)
        with torch.no_grad():
            for name, parameter in model.named_parameters():
                parameter.mul_(2)
                if member != "autoencoder" and name == "encoder.layers.1.bias":
                    parameter[len(parameter) // 2 :] -= 3
        return model.eval().requires_grad_(False)

    return make


@pytest.fixture
def draw() -> Callable[..., np.ndarray]:
    """`draw(count, shape)`: uint8 images, of black and white if `two_valued`."""

    def draw(count: int, shape: Sequence[int], two_valued: bool = False) -> np.ndarray:
        grey = np.random.default_rng(1).integers(0, 256, (count, *shape), dtype=np.uint8)
        return 255 * (grey // 128) if two_valued else grey

    return draw
