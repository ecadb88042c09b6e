"""What the package writes, a decoder reads that shares no code with it."""

import runpy
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from torch import nn

from aebench.compression import codec
from aebench.compression.container import text_of
from aebench.compression.named import with_names

decode = runpy.run_path(str(Path(__file__).with_name("independent_decoder.py")))["decode"]
NAMES = ("Tanh", "Sigmoid", "ReLU", "SiLU", "GELU")


@pytest.mark.parametrize("likelihood", ["bernoulli", "beta-binomial", "discretized-logistic"])
@pytest.mark.parametrize("member", ["vae", "vamp", "two layers", "two layers, vamp"])
def test_numpy_alone_reads_the_file(make, draw, likelihood, member):
    model = make(member, (1, 4, 5), likelihood=likelihood)
    images = draw(6, (1, 4, 5), two_valued=likelihood == "bernoulli")
    file = codec.compress(model, images)
    assert file.codec == "integers"
    assert np.array_equal(read_independently(model, file.to_bytes()), images)
    named = with_names([f"{n}.png" for n in range(6)], file.to_bytes())
    assert np.array_equal(read_independently(model, named), images)


@pytest.mark.parametrize("levels", [3, 7, 17])
def test_numpy_alone_reads_few_grey_values(make, draw, levels):
    model = make("vae", (1, 4, 5), likelihood={"name": "discretized-logistic", "levels": levels})
    few = np.rint(np.arange(levels) * 255 / (levels - 1)).astype(np.uint8)
    images = few[draw(6, (1, 4, 5)) % levels]
    file = codec.compress(model, images)
    assert np.array_equal(read_independently(model, file.to_bytes()), images)


@pytest.mark.parametrize("member", ["vae", "two layers, vamp"])
def test_numpy_alone_reads_colours_that_know_of_each_other(make, draw, member):
    model = make(member, (3, 4, 5), likelihood="colour-logistic")
    images = draw(6, (3, 4, 5))
    file = codec.compress(model, images)
    assert file.codec == "integers"
    assert np.array_equal(read_independently(model, file.to_bytes()), images)


@pytest.mark.parametrize(("count", "pixels"), [(320, 2**21), (40, 60)])
def test_numpy_alone_reads_many_batches(make, draw, monkeypatch, count, pixels):
    """Of 100 images, or of fewer where these are large."""
    monkeypatch.setattr("aebench.compression.integers.codec.PIXELS", pixels)
    monkeypatch.setitem(decode.__globals__, "LARGEST_BATCH", pixels)
    many_lanes(monkeypatch)
    model = make("vae", (1, 2, 3))
    images = draw(count, (1, 2, 3), two_valued=True)
    file = codec.compress(model, images)
    assert np.array_equal(read_independently(model, file.to_bytes()), images)


def test_numpy_alone_computes_every_net(make_with, draw, monkeypatch):
    many_lanes(monkeypatch)
    model = make_with((2, 5, 7))
    images = draw(6, (2, 5, 7), two_valued=True)
    file = codec.compress(model, images)
    assert file.codec == "integers"
    assert np.array_equal(read_independently(model, file.to_bytes()), images)


def many_lanes(monkeypatch) -> None:
    """Up to 50, and one more for each pixel of a batch."""
    codec = "aebench.compression.integers.codec"
    monkeypatch.setattr(f"{codec}.lanes_for", lambda _: 50)
    monkeypatch.setattr(f"{codec}.PIXELS_A_LANE_AND_BATCH", 1)
    monkeypatch.setitem(decode.__globals__, "PIXELS_A_LANE", 1)


def read_independently(model: nn.Module, file: bytes) -> np.ndarray:
    names = ("encoder", "decoder", "inner_encoder", "inner_decoder")
    parts = {name: described(getattr(model, name)) for name in names if hasattr(model, name)}
    latents = getattr(model, "latents", None) or (model.latent,)
    prior = getattr(model, "pseudo_codes", None)
    if getattr(model, "pseudo_inputs", None) is not None:
        prior = model.pseudo_inputs.logits
    return decode(
        file,
        model.image_shape,
        text_of(model.pixel_likelihood),
        latents,
        parts,
        None if prior is None else prior.numpy(),
    )


def described(net: nn.Module) -> list[tuple]:
    """The list of layers that the decoder takes."""
    return list(_layers(net))


def _layers(module: nn.Module) -> Iterator[tuple]:
    name = type(module).__name__
    if name in NAMES:
        yield (name.lower(),)
    elif name == "Sequential":
        for child in module:
            yield from _layers(child)
    elif name.startswith("Dense"):
        if name == "DenseEncoder":
            yield ("flatten",)
        for i, layer in enumerate(module.layers):
            hidden = [module.norms[i]] if i < len(module.norms) else []
            for part in (layer, *hidden, module.activations[i]):
                yield from _layers(part)
        if name == "DenseDecoder":
            yield "unflatten", module.image_shape
    elif name == "ConvEncoderBase":
        yield from _layers(nn.Sequential(*module.levels))
        yield ("flatten",)
        yield from _layers(module.dense)
    elif name == "ConvDecoderBase":
        yield from _layers(module.dense)
        yield "unflatten", module.shape
        yield from _layers(nn.Sequential(*module.after, *module.levels))
    elif name == "ResidualBlock":
        yield "residual", described(module.layers)
    elif name == "InceptionBlock":
        yield "branches", [described(branch) for branch in module.branches]
    elif name == "Repeat":
        yield "repeat", module.size
    elif name in ("MaxPool2d", "AvgPool2d"):
        kind = "maximum" if name == "MaxPool2d" else "average"
        yield kind, module.kernel_size, module.stride, module.padding
    elif name.startswith("BatchNorm"):
        arrays = (module.running_mean, module.running_var, module.weight, module.bias)
        yield "norm", *map(_array, arrays), module.eps
    elif name == "Linear":
        yield "linear", _array(module.weight), _array(module.bias)
    elif name in ("Conv2d", "Pointwise"):
        sizes = module.stride, module.padding
        yield "convolution", _array(module.weight), _array(module.bias), *sizes
    elif name == "ConvTranspose2d":
        sizes = module.stride, module.padding, module.output_padding
        yield "transposed", _array(module.weight), _array(module.bias), *sizes
    else:
        assert name in ("Identity", "Dropout"), name


def _array(tensor) -> np.ndarray | None:
    return None if tensor is None else tensor.detach().numpy()
