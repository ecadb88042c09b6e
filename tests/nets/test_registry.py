"""What holds for every net, whatever is inside."""

import pytest
import torch
from torch import nn

from aebench.nets.base import Decoder, Encoder

RELU = {"unit": "relu"}
NETS = {
    "dense": ({"widths": [9, 7]} | RELU, {"widths": [7, 9]} | RELU),
    **{
        f"conv {downsample} {upsample}": (
            {"net": "conv", "channels": [4, 6], "downsample": downsample} | RELU,
            {"net": "conv", "channels": [6, 4], "upsample": upsample} | RELU,
        )
        for downsample, upsample in [
            ("stride", "transposed"),
            ("max", "nearest"),
            ("average", "transposed"),
            ("stochastic", "nearest"),
        ]
    },
    **{
        f"inception {factorized}": (
            {"net": "inception", "channels": [16, 32], "factorized": factorized} | RELU,
            {"net": "inception", "channels": [32, 16], "factorized": factorized} | RELU,
        )
        for factorized in ("no", "smaller", "asymmetric")
    },
    "conv, dense": (
        {"net": "conv", "channels": [4, 6], "dense": [9, 8]} | RELU,
        {"net": "conv", "channels": [6, 4], "dense": [8, 9]} | RELU,
    ),
    "residual": (
        {"net": "residual", "channels": [4, 6], "blocks": 2} | RELU,
        {"net": "residual", "channels": [6, 4], "blocks": 2} | RELU,
    ),
}
EVERY_NET = pytest.mark.parametrize("name", NETS)
EXTRAS = {"dropout": {"dropout": 0.5}, "batch norm": {"batch_norm": True}, "none": {}}


def pair(name: str, shape: tuple[int, ...], **extra) -> nn.Sequential:
    torch.manual_seed(0)
    encoder, decoder = NETS[name]
    return nn.Sequential(
        Encoder.member(encoder | extra).initialized(shape, 3),
        Decoder.member(decoder | extra).initialized(3, shape),
    )


@EVERY_NET
@pytest.mark.parametrize("shape", [(1, 8, 8), (3, 5, 7), (1, 1, 6), (3, 1, 1), (2, 9, 4)])
def test_images_of_any_size_come_back_in_their_size(name: str, shape: tuple[int, ...]) -> None:
    encoder, decoder = pair(name, shape)
    codes = encoder(torch.rand(4, *shape))
    assert codes.shape == (4, 3)
    assert decoder(codes).shape == (4, *shape)


@EVERY_NET
@pytest.mark.parametrize("extra", EXTRAS)
def test_gradients_reach_every_parameter(name: str, extra: str) -> None:
    # A unit of relu may be dead.
    net = pair(name, (1, 6, 5), **EXTRAS[extra], unit="sigmoid")
    net(torch.rand(50, 1, 6, 5)).square().sum().backward()
    for key, parameter in net.named_parameters():
        assert parameter.grad is not None and parameter.grad.abs().sum() > 0, key


@EVERY_NET
@pytest.mark.parametrize("extra", EXTRAS)
def test_training_and_evaluation_differ_only_where_they_should(name: str, extra: str) -> None:
    net = pair(name, (1, 6, 5), **EXTRAS[extra])
    images = torch.rand(20, 1, 6, 5)
    differ = not torch.allclose(net.train()(images), net.eval()(images))
    assert differ == (extra != "none" or "stochastic" in name)
    # Evaluation draws nothing, and one image's result does not depend on the others.
    torch.testing.assert_close(net(images)[:7], net(images[:7]))


@EVERY_NET
def test_an_image_depends_on_every_code_and_a_code_on_every_pixel(name: str) -> None:
    encoder, decoder = pair(name, (1, 6, 5), unit="sigmoid")
    for module, inputs in [(encoder, torch.rand(1, 1, 6, 5)), (decoder, torch.rand(1, 3))]:
        # Maxima hide single pixels: over many inputs none is always hidden.
        inputs = torch.rand(100, *inputs.shape[1:], requires_grad=True)
        module(inputs).sum().backward()
        assert (inputs.grad.abs().sum(0) > 0).all()


@EVERY_NET
def test_initial_weights_are_those_that_the_config_names(name: str) -> None:
    net = pair(name, (1, 6, 5), init={"name": "normal", "std": 1.0})
    weights = [m.weight for m in net.modules() if isinstance(m, nn.Linear | nn.Conv2d)]
    weights += [m.weight for m in net.modules() if isinstance(m, nn.ConvTranspose2d)]
    numbers = torch.cat([weight.flatten() for weight in weights])
    assert numbers.std().item() == pytest.approx(1, abs=5 / (2 * len(numbers)) ** 0.5)
