from typing import get_args

import pytest
import torch
from torch import nn

from aebench.nets.activations import Activation, activation
from aebench.nets.dense import Dense

X = torch.linspace(-4, 4, 81, dtype=torch.float64)


@pytest.mark.parametrize(
    ("name", "formula"),
    [
        ("sigmoid", lambda x: 1 / (1 + (-x).exp())),
        ("tanh", lambda x: (x.exp() - (-x).exp()) / (x.exp() + (-x).exp())),
        ("relu", lambda x: x.clamp(min=0)),
        ("silu", lambda x: x / (1 + (-x).exp())),
        ("gelu", lambda x: x * 0.5 * (1 + torch.erf(x / 2**0.5))),
        ("linear", lambda x: x),
    ],
)
def test_units_are_what_they_are_called(name: Activation, formula) -> None:
    torch.testing.assert_close(activation(name)(X), formula(X))


def test_every_unit_of_the_config_exists() -> None:
    for name in get_args(Activation):
        assert activation(name)(X).shape == X.shape


@pytest.mark.parametrize("last", ["linear", "sigmoid"])
def test_dense_is_matrices_with_units_between(last: Activation) -> None:
    net = Dense([5, 4, 3, 2], "tanh", last).double()
    x = torch.randn(7, 5, dtype=torch.float64)
    expected = x
    for layer, function in zip(net.layers, (torch.tanh, torch.tanh, activation(last)), strict=True):
        expected = function(expected @ layer.weight.T + layer.bias)
    torch.testing.assert_close(net(x), expected)


def test_linear_units_collapse_into_one_affine_map() -> None:
    net = Dense([5, 9, 2], "linear").double()
    x, y = torch.randn(2, 7, 5, dtype=torch.float64)
    torch.testing.assert_close(net(0.3 * x + 0.7 * y), 0.3 * net(x) + 0.7 * net(y))


def test_a_net_without_extras_draws_its_weights_as_a_row_of_linear_layers_does() -> None:
    torch.manual_seed(0)
    net = Dense([5, 4, 3, 2], "tanh")
    torch.manual_seed(0)
    row = [nn.Linear(5, 4), nn.Linear(4, 3), nn.Linear(3, 2)]
    for layer, expected in zip(net.layers, row, strict=True):
        assert torch.equal(layer.weight, expected.weight)
        assert torch.equal(layer.bias, expected.bias)


def test_dropout_drops_hidden_units_and_scales_up_the_rest() -> None:
    net = Dense([400, 400, 400], "linear", dropout=0.25)
    for layer in net.layers:
        nn.init.eye_(layer.weight)
        nn.init.zeros_(layer.bias)
    x = torch.ones(50, 400)
    torch.manual_seed(0)
    y = net(x)
    # Had the outputs been dropped too, 3/4 of 3/4 would be left, at 16/9.
    torch.testing.assert_close(y.unique(), torch.tensor([0.0, 4 / 3]))
    assert (y == 0).float().mean().item() == pytest.approx(0.25, abs=5 * (0.25 * 0.75 / 2e4) ** 0.5)
    assert torch.equal(net.eval()(x), x)


def test_batch_norm_gives_hidden_units_inputs_of_mean_0_and_variance_1() -> None:
    net = Dense([5, 4, 3, 2], "sigmoid", batch_norm=True).double()
    x = expected = 7 + 3 * torch.randn(100, 5, dtype=torch.float64)
    for layer in net.layers[:-1]:
        y = expected @ layer.weight.T
        expected = torch.sigmoid((y - y.mean(0)) / (y.var(0, correction=0) + 1e-5).sqrt())
    torch.testing.assert_close(net(x), net.layers[-1](expected))


def test_a_bias_before_batch_norm_would_change_nothing_so_there_is_none() -> None:
    net = Dense([5, 4, 3, 2], "tanh", batch_norm=True)
    assert [layer.bias is None for layer in net.layers] == [True, True, False]
