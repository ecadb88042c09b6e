"""Small models with latent variables, of each kind."""

import pytest
import torch

from aebench.models import build
from aebench.models.latent import LatentVariableModel

HIDDEN = {"widths": [8], "unit": "tanh"}
NETS = {"encoder": HIDDEN, "decoder": HIDDEN}
VAMP = {"name": "vamp", "pseudo_inputs": 3}
TWO_LAYERS = {
    "name": "two-layer-vae",
    "latents": [3, 2],
    "inner_encoder": HIDDEN,
    "inner_decoder": HIDDEN,
    **NETS,
}
FAMILY = {
    "gaussian": {"name": "vae", "latent": 2, **NETS},
    "vamp": {"name": "vae", "latent": 2, "prior": VAMP, **NETS},
    "iaf": {
        "name": "vae",
        "latent": 3,
        "flow": {"name": "iaf", "steps": 2, "widths": [7, 7], "unit": "tanh"},
        **NETS,
    },
    "two layers": TWO_LAYERS,
    "two layers, vamp": TWO_LAYERS | {"prior": VAMP},
}


@pytest.fixture(params=FAMILY)
def member(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def make():
    """`make(member, shape)`: its decoder is steep, so that the latents matter.

    Its posteriors are wider than the prior, so that importance weights are bounded, or alike where
    the prior is made of them.
    """

    def make(member: str, shape: list[int], **hyperparameters) -> LatentVariableModel:
        torch.manual_seed(0)
        model = build(FAMILY[member] | {"image_shape": shape} | hyperparameters)
        with torch.no_grad():
            for parameter in model.decoder.parameters():
                parameter.mul_(2)
            for name, parameter in model.named_parameters():
                if name == "pseudo_codes":
                    parameter.mul_(0.2)
                if name.endswith("encoder.layers.1.bias"):
                    latent = len(parameter) // (3 if member == "iaf" else 2)
                    parameter[latent : 2 * latent] += 1.5
        return model

    return make
