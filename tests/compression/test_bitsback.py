"""Bits back: exact, at the rate of the bound, the same bytes each time and under any threads."""

import math

import numpy as np
import pytest
import torch

from aebench.compression import bitsback
from aebench.core.errors import InputError
from aebench.models.conditional import ConditionalVAE


def trained(model, images: np.ndarray):
    """A little, so that no pixel is as good as impossible and the posterior means something."""
    targets = torch.from_numpy(images).float() / 255
    optimizer = torch.optim.Adam(model.requires_grad_(True).parameters(), 0.01)
    torch.manual_seed(0)
    for _ in range(150):
        optimizer.zero_grad()
        log_likelihood, kl = model.elbo_terms(targets)
        (kl.sum(1) - log_likelihood).mean().backward()
        optimizer.step()
    return model.requires_grad_(False)


@pytest.mark.parametrize("likelihood", ["bernoulli", "beta-binomial", "discretized-logistic"])
@pytest.mark.parametrize("member", ["vae", "conv", "vamp", "two layers", "two layers, vamp"])
@pytest.mark.parametrize(("count", "shape"), [(1, (1, 4, 6)), (7, (3, 8, 4)), (131, (1, 4, 4))])
def test_any_images_come_back_exactly(make, draw, likelihood, member, count, shape):
    model = make(member, shape, likelihood=likelihood)
    images = draw(count, shape, two_valued=likelihood == "bernoulli")
    back = bitsback.decode(model, bitsback.encode(model, images), count)
    assert back.dtype == np.uint8
    assert np.array_equal(back, images)


@pytest.mark.parametrize("likelihood", ["bernoulli", "beta-binomial", "discretized-logistic"])
@pytest.mark.parametrize("member", ["vae", "vamp", "two layers", "two layers, vamp"])
def test_the_rate_is_that_of_the_bound(make, prepared, likelihood, member):
    images = prepared.images
    if likelihood == "bernoulli":
        images = 255 * (images // 128)
    model = trained(make(member, (1, 6, 6), likelihood=likelihood), images)
    # Twice the images: what they take beside their own bits is there in both files.
    once, twice = (
        len(bitsback.encode(model, np.concatenate(times * [images]))) for times in (1, 2)
    )
    grey = torch.from_numpy(images).float() / 255
    bounds = [model.elbo(grey).double().mean().item() for _ in range(30)]
    bound = -np.mean(bounds) / math.log(2)
    assert 8 * (twice - once) / len(images) == pytest.approx(bound, rel=0.02)


def test_few_bits_are_needed_to_begin_with(make, draw):
    """Those of one image's latents, a few bits each, not all that are there to be taken off."""
    data = bitsback.encode(make("vae", (1, 6, 6)), draw(1, (1, 6, 6), two_valued=True))
    assert len(data) < 100


@pytest.mark.parametrize("count", [1, 40])
def test_an_upper_layer_may_take_more_bits_than_the_pixels_gave(make, draw, count):
    model = make("two layers", (1, 4, 4), latents=[3, 60])
    images = draw(count, (1, 4, 4), two_valued=True)
    data = bitsback.encode(model, images)
    assert np.array_equal(bitsback.decode(model, data, count), images)


def test_the_same_bytes_with_other_threads(make, draw):
    model = make("conv", (1, 8, 8))
    images = draw(60, (1, 8, 8), two_valued=True)
    first = bitsback.encode(model, images)
    assert bitsback.encode(model, images) == first
    before = torch.get_num_threads()
    torch.set_num_threads(3)
    try:
        assert np.array_equal(bitsback.decode(model, first, len(images)), images)
    finally:
        torch.set_num_threads(before)


def test_numbers_that_come_out_otherwise_are_noticed(make, draw):
    model = make("vae", (1, 4, 4))
    images = draw(20, (1, 4, 4), two_valued=True)
    data = bitsback.encode(model, images)
    model.decoder.layers[0].weight[0, 0] += 0.01
    with pytest.raises(InputError, match="outputs differ"):
        bitsback.decode(model, data, len(images))


def test_batches_begin_small_and_cover_all():
    assert bitsback.batch_sizes(8) == [1, 1, 2, 3, 1]
    sizes = bitsback.batch_sizes(1234)
    assert sum(sizes) == 1234 and max(sizes) == 100


def test_what_has_no_code_is_refused(make, draw):
    grey = draw(2, (1, 4, 4))
    with pytest.raises(InputError, match=r"grey values.*allowed: pixels that are 0 or 255"):
        bitsback.encode(make("vae", (1, 4, 4)), grey)
    with pytest.raises(InputError, match=r"density.*allowed: bernoulli, beta-binomial"):
        bitsback.encode(make("vae", (1, 4, 4), likelihood="continuous-bernoulli"), grey)
    flow = {"name": "iaf", "steps": 1, "widths": [4], "unit": "tanh"}
    with pytest.raises(InputError, match="flow"):
        bitsback.encode(make("vae", (1, 4, 4), flow=flow), grey)
    pixelcnn = {"name": "pixelcnn", "channels": 4, "blocks": 1, "unit": "tanh"}
    with pytest.raises(InputError, match="pixels"):
        bitsback.encode(make("vae", (1, 4, 4), pixels=pixelcnn), grey)
    hidden = {"widths": [4], "unit": "tanh"}
    with pytest.raises(InputError, match=r"ConditionalVAE.*allowed: VAE, TwoLayerVAE"):
        bitsback.encode(ConditionalVAE([1, 4, 4], 2, 2, hidden, hidden), grey)
