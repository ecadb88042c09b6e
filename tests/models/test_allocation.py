"""Models that do not fit into memory are refused before they take it."""

import pytest
import torch

from aebench import models
from aebench.core.errors import InputError
from aebench.core.schema import parse
from aebench.models.allocation import AskFirst
from aebench.models.base import Model

STACKED = {"name": "stacked", "widths": [8, 3], "unit": "silu", "init": {"name": "orthogonal"}}
HUGE = {
    "wide": STACKED | {"widths": [10**9, 10**9]},
    "pseudo-inputs": {
        "name": "vae",
        "latent": 2,
        "encoder": {"widths": [8], "unit": "tanh"},
        "decoder": {"widths": [8], "unit": "tanh"},
        "prior": {"name": "vamp", "pseudo_inputs": 2**31 - 1},
    },
    "channels": {
        "name": "autoencoder",
        "code": 3,
        "encoder": {"net": "conv", "channels": [2**20, 2**20], "unit": "relu"},
        "decoder": {"widths": [8], "unit": "tanh"},
    },
}


@pytest.mark.parametrize("name", HUGE)
def test_what_does_not_fit_is_refused(name):
    with pytest.raises(InputError, match=r"model: takes .* GiB of memory; allowed: what fits"):
        parse(Model, HUGE[name], "model").module([1, 28, 28])


def test_the_weights_are_the_same_as_without_asking():
    section = parse(Model, STACKED, "model")
    torch.manual_seed(0)
    plain = section.build([1, 6, 6]).state_dict()
    torch.manual_seed(0)
    asked = section.module([1, 6, 6]).state_dict()
    assert all(torch.equal(asked[name], plain[name]) for name in plain)


def test_of_many_small_layers_no_more_are_made_than_there_are_weights_for():
    description = STACKED | {"widths": [10] * 100_000, "image_shape": [1, 6, 6]}
    with AskFirst("model", most=10_000), pytest.raises(InputError, match="more weights than"):
        models.build(description)
