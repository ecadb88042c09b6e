from typing import get_args

import pytest
import torch

from aebench.nets.dense import Dense
from aebench.nets.units import Unit, unit

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
def test_units_are_what_they_are_called(name: Unit, formula) -> None:
    torch.testing.assert_close(unit(name)(X), formula(X))


def test_every_unit_of_the_config_exists() -> None:
    for name in get_args(Unit):
        assert unit(name)(X).shape == X.shape


@pytest.mark.parametrize("last", ["linear", "sigmoid"])
def test_dense_is_matrices_with_units_between(last: Unit) -> None:
    net = Dense([5, 4, 3, 2], "tanh", last).double()
    x = torch.randn(7, 5, dtype=torch.float64)
    expected = x
    for layer, activation in zip(net.layers, (torch.tanh, torch.tanh, unit(last)), strict=True):
        expected = activation(expected @ layer.weight.T + layer.bias)
    torch.testing.assert_close(net(x), expected)


def test_linear_units_collapse_into_one_affine_map() -> None:
    net = Dense([5, 9, 2], "linear").double()
    x, y = torch.randn(2, 7, 5, dtype=torch.float64)
    torch.testing.assert_close(net(0.3 * x + 0.7 * y), 0.3 * net(x) + 0.7 * net(y))
