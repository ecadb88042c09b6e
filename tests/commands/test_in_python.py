"""A loaded model in Python: what it says of images that it cannot take, and samples of a seed."""

import copy
import inspect
import io

import numpy as np
import pytest
import torch

import aebench

GREY = "allowed: a torch.Tensor of torch.float32 in [0, 1], N x 1 x 6 x 6"
WRONG = [
    (np.zeros((2, 1, 6, 6), np.float32), TypeError, "ndarray of float32, 2 x 1 x 6 x 6"),
    (torch.zeros(2, 1, 6, 6, dtype=torch.uint8), TypeError, "Tensor of torch.uint8, 2 x 1 x 6"),
    (torch.zeros(2, 1, 6, 6).double(), TypeError, "Tensor of torch.float64"),
    ([[0.0]], TypeError, "images: list; allowed"),
    (torch.zeros(6, 6), ValueError, "Tensor of torch.float32, 6 x 6; allowed"),
    (torch.zeros(2, 1, 7, 6), ValueError, "2 x 1 x 7 x 6"),
]


def test_the_package_says_that_it_loads() -> None:
    assert "load" in dir(aebench)


@pytest.mark.parametrize(("images", "error", "said"), WRONG)
def test_images_that_it_cannot_take_are_named_beside_those_that_it_takes(
    images, error, said, folder
) -> None:
    model, vae = (aebench.load(f"models/{name}.safetensors") for name in ("grey", "grey-vae"))
    calls = [model.encode, model.reconstruct, model, vae.encode, vae.elbo]
    for call in (*calls, lambda images: vae.log_likelihood(images, 3)):
        with pytest.raises(error) as caught:
            call(images)
        assert said in str(caught.value) and GREY in str(caught.value)


def test_another_error_stays_what_it_is(folder) -> None:
    vae = aebench.load("models/grey-vae.safetensors")
    with pytest.raises(TypeError, match="samples"):
        vae.log_likelihood(torch.zeros(2, 1, 6, 6))


def test_a_sample_of_a_seed_is_that_of_the_command(folder, run) -> None:
    vae = aebench.load("models/grey-vae.safetensors")
    images = vae.sample(4, seed=3)
    assert torch.equal(images, vae.sample(4, seed=3))
    assert not torch.equal(images, vae.sample(4))
    assert list(inspect.signature(vae.sample).parameters) == ["count", "seed"]
    run("sample", "models/grey-vae.safetensors", "--count", 4, "--seed", 3, "-o", "out")
    run("encode", "models/grey-vae.safetensors", "out", "-o", "codes.npz")
    codes = vae.encode((255 * images).round() / 255)
    np.testing.assert_allclose(np.load("codes.npz")["codes"], codes, rtol=1e-5, atol=1e-6)


def test_it_is_copied_and_stored_as_any_module(folder) -> None:
    vae = aebench.load("models/grey-vae.safetensors")
    file = io.BytesIO()
    torch.save(vae, file)
    file.seek(0)
    images = torch.ones(2, 1, 6, 6)
    others = copy.deepcopy(vae), torch.load(file, weights_only=False)
    torch.nn.init.zeros_(next(vae.parameters()))
    for other in others:
        assert not torch.equal(other.encode(images), vae.encode(images))
