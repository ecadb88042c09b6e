import pytest
import torch
from torch import nn

from aebench.nets.base import ConvLevels
from aebench.nets.conv_base import ConvDecoderBase, ConvEncoderBase, sizes


def test_halves_of_odd_sizes_are_rounded_up() -> None:
    assert sizes((3, 5, 28), 4) == [(5, 28), (3, 14), (2, 7), (1, 4), (1, 2)]


def shares(y: torch.Tensor) -> dict[float, float]:
    values, counts = y.unique(return_counts=True)
    return dict(zip(values.tolist(), (counts / y.numel()).tolist(), strict=True))


@pytest.mark.parametrize("levels", [1, 2])
def test_dropout_falls_on_all_feature_maps_and_not_on_what_comes_out(levels: int) -> None:
    """A feature that passes two levels is kept with probability 3/4 of 3/4, at 16/9."""
    torch.manual_seed(0)
    maps = [nn.Identity()] * levels
    config = ConvLevels(channels=[4] * levels, unit="relu", dropout=0.25)
    encoder = ConvEncoderBase(maps, 4, (10, 5), 200, config)
    decoder = ConvDecoderBase(200, 4, (10, 5), [], maps, config)
    for net in (encoder, decoder):
        nn.init.eye_(net.dense.weight)
        nn.init.zeros_(net.dense.bias)
    kept = 0.75**levels
    for y in (encoder(torch.ones(100, 4, 10, 5)), decoder(torch.ones(100, 200))):
        found = shares(y)
        assert sorted(found) == pytest.approx([0.0, 1 / kept])
        assert found[0.0] == pytest.approx(1 - kept, abs=0.02)


def test_hidden_dense_layers_lie_between_the_smallest_maps_and_the_code() -> None:
    config = ConvLevels(channels=[4], dense=[8, 7], unit="relu")
    encoder = ConvEncoderBase([nn.Identity()], 4, (5, 2), 3, config)
    decoder = ConvDecoderBase(3, 4, (5, 2), [], [nn.Identity()], config)
    for net, widths in ((encoder, [40, 8, 7, 3]), (decoder, [3, 8, 7, 40])):
        layers = [m for m in net.modules() if isinstance(m, nn.Linear)]
        assert [m.in_features for m in layers] + [layers[-1].out_features] == widths
        assert sum(isinstance(m, nn.ReLU) for m in net.modules()) == 2
