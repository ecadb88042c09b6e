import pytest
import torch
from torch.nn import functional as F

from aebench.nets import conv
from aebench.nets.sections.conv import ConvDecoder, ConvEncoder

KERNELS = pytest.mark.parametrize("kernel", [1, 3, 5])
SHAPES = pytest.mark.parametrize("shape", [(1, 8, 8), (3, 5, 7), (2, 1, 4)])


def encoder_config(**hyperparameters) -> ConvEncoder:
    return ConvEncoder(**{"net": "conv", "channels": [4, 6], "unit": "tanh"} | hyperparameters)


def decoder_config(**hyperparameters) -> ConvDecoder:
    return ConvDecoder(**{"net": "conv", "channels": [6, 4], "unit": "tanh"} | hyperparameters)


def maps(net: torch.nn.Module, x: torch.Tensor) -> torch.Tensor:
    """The feature maps of the last level."""
    for level in net.levels:
        x = level(x)
    return x


@KERNELS
@pytest.mark.parametrize("downsample", ["stride", "max", "average"])
def test_shifted_images_have_shifted_features(kernel: int, downsample: str) -> None:
    """Weights are shared: two levels of half the resolution turn 4 pixels into 1."""
    net = conv.encoder(encoder_config(kernel=kernel, downsample=downsample), (1, 40, 40), 2)
    x = torch.zeros(1, 1, 40, 40)
    x[..., 12:24, 12:24] = torch.rand(12, 12)
    inner = slice(4, 8)
    shifted = maps(net, x.roll((4, 8), (2, 3)))[..., inner, inner]
    torch.testing.assert_close(shifted, maps(net, x).roll((1, 2), (2, 3))[..., inner, inner])


@KERNELS
@pytest.mark.parametrize("upsample", ["transposed", "nearest"])
def test_shifted_features_give_shifted_images(kernel: int, upsample: str) -> None:
    net = conv.decoder(decoder_config(kernel=kernel, upsample=upsample), 2, (1, 40, 40))
    x = torch.zeros(1, 6, 10, 10)
    x[..., 3:6, 3:6] = torch.rand(3, 3)
    inner = slice(8, 32)
    shifted = maps(net, x.roll((1, 1), (2, 3)))[..., inner, inner]
    torch.testing.assert_close(shifted, maps(net, x).roll((4, 4), (2, 3))[..., inner, inner])


@KERNELS
@SHAPES
def test_the_decoders_layers_are_the_encoders_mirrored(kernel: int, shape) -> None:
    """With the same weights, a transposed convolution is the adjoint: <A x, y> = <x, A' y>."""
    encoder = conv.encoder(encoder_config(kernel=kernel), shape, 2)
    decoder = conv.decoder(decoder_config(kernel=kernel), 2, shape)
    images = torch.rand(5, *shape)
    for level, mirror in zip(encoder.levels, reversed(decoder.levels), strict=True):
        down, up = level[0], mirror[0]
        with torch.no_grad():
            down.bias.zero_()
            up.bias.zero_()
            up.weight.copy_(down.weight)
        lower = down(images)
        y = torch.randn_like(lower)
        assert up(y).shape == images.shape
        torch.testing.assert_close((lower * y).sum(), (images * up(y)).sum())
        images = lower


@SHAPES
def test_repeated_pixels_are_cut_to_the_image(shape) -> None:
    net = conv.decoder(decoder_config(channels=[4], upsample="nearest", kernel=1), 2, shape)
    repeat, layer = net.levels[0]
    x = torch.rand(3, 4, (shape[1] + 1) // 2, (shape[2] + 1) // 2)
    expected = x.repeat_interleave(2, 2).repeat_interleave(2, 3)[..., : shape[1], : shape[2]]
    torch.testing.assert_close(repeat(x), expected)
    assert layer(repeat(x)).shape == (3, *shape)


@pytest.mark.parametrize("kernel", [1, 5])
def test_on_single_pixels_a_convolution_is_a_dense_layer(kernel: int) -> None:
    net = conv.encoder(encoder_config(kernel=kernel), (3, 1, 1), 2)
    x = torch.rand(5, 3, 1, 1)
    expected = x.flatten(1)
    for level in net.levels:
        centre = level[0].weight[:, :, kernel // 2, kernel // 2]
        expected = torch.tanh(F.linear(expected, centre, level[0].bias))
    torch.testing.assert_close(net(x), net.dense(expected))


def test_levels_normalize_before_the_unit_and_pool_after_it() -> None:
    torch.manual_seed(0)
    config = encoder_config(channels=[4], unit="sigmoid", downsample="max", batch_norm=True)
    net = conv.encoder(config, (1, 6, 6), 2)
    x = torch.rand(20, 1, 6, 6)
    features = F.conv2d(x, net.levels[0][0].weight, padding=1)
    mean = features.mean((0, 2, 3), keepdim=True)
    std = (features.var((0, 2, 3), correction=0, keepdim=True) + 1e-5).sqrt()
    expected = F.max_pool2d(((features - mean) / std).sigmoid(), 2)
    torch.testing.assert_close(maps(net, x), expected)
