import math

import pytest
import torch
from torch import nn

from aebench.models.stacked import StackedAutoencoder
from aebench.nets.init import Glorot, He, Normal, Orthogonal, Sparse, initialize

LAYERS = {
    "dense": lambda: nn.Linear(300, 500),
    "conv": lambda: nn.Conv2d(30, 40, 3, padding=1),
    "strided": lambda: nn.Conv2d(30, 40, 3, stride=2, padding=1),
    "transposed": lambda: nn.ConvTranspose2d(40, 30, 3, stride=2, padding=1, output_padding=1),
}
INITS = [Glorot(name="glorot"), He(name="he"), Orthogonal(name="orthogonal"), Sparse(name="sparse")]
EVERY_LAYER = pytest.mark.parametrize("name", LAYERS)


def layer(name: str, init) -> nn.Module:
    torch.manual_seed(0)
    module = LAYERS[name]()
    initialize(module, init)
    return module


def through(module: nn.Module, x: torch.Tensor) -> tuple[float, float]:
    """By what factor mean squares grow forwards, from x, and backwards; borders left out."""
    x = x.requires_grad_()
    y = module(x)
    g = torch.randn_like(y)
    (back,) = torch.autograd.grad(y, x, g)
    if x.ndim == 4:
        y, back = y[..., 2:-2, 2:-2], back[..., 2:-2, 2:-2]
    forwards = y.square().mean() / x.square().mean()
    return forwards.item(), (back.square().mean() / g.square().mean()).item()


def signal(module: nn.Module) -> torch.Tensor:
    if isinstance(module, nn.Linear):
        return torch.randn(300, module.in_features)
    return torch.randn(10, module.in_channels, 32, 32)


@EVERY_LAYER
def test_glorot_is_the_compromise_between_keeping_activations_and_gradients(name: str) -> None:
    """fan in * variance + fan out * variance = 2; uniform numbers end at sqrt(3) deviations."""
    module = layer(name, INITS[0])
    assert sum(through(module, signal(module))) == pytest.approx(2, rel=0.04)
    assert module.weight.abs().max() <= math.sqrt(3) * module.weight.std() * 1.03


@EVERY_LAYER
def test_he_keeps_the_size_of_what_goes_through_rectified_units(name: str) -> None:
    module = layer(name, INITS[1])
    # Of a symmetric signal's mean square a rectified unit keeps half: the layer makes up for that.
    assert through(module, signal(module))[0] == pytest.approx(2, rel=0.04)
    kurtosis = (module.weight / module.weight.std()).pow(4).mean().item()
    assert kurtosis == pytest.approx(3, rel=0.1)


def rows(module: nn.Module) -> torch.Tensor:
    """The layer's matrix, outputs x inputs, for one place."""
    weight = module.weight.detach()
    return (weight.transpose(0, 1) if isinstance(module, nn.ConvTranspose2d) else weight).flatten(1)


@EVERY_LAYER
def test_orthogonal_matrices_have_singular_values_of_1(name: str) -> None:
    singular = torch.linalg.svdvals(rows(layer(name, INITS[2])))
    torch.testing.assert_close(singular, torch.ones_like(singular), atol=1e-4, rtol=0)


@EVERY_LAYER
def test_sparse_units_have_15_incoming_weights_at_places_of_their_own(name: str) -> None:
    matrix = rows(layer(name, INITS[3]))
    assert ((matrix != 0).sum(1) == 15).all()
    assert len({tuple(row.nonzero().flatten().tolist()) for row in matrix}) == len(matrix)
    values = matrix[matrix != 0]
    assert values.var().item() == pytest.approx(1, abs=5 * math.sqrt(2 / len(values)))


def test_a_unit_with_fewer_inputs_is_connected_to_all_of_them() -> None:
    module = nn.Linear(4, 9)
    initialize(module, INITS[3])
    assert (module.weight != 0).all()


def test_hyperparameters_scale_what_is_drawn() -> None:
    for init, hyperparameter in zip(INITS, ["gain", "gain", "gain", "std"], strict=True):
        scaled = init.model_copy(update={hyperparameter: 3.0})
        torch.testing.assert_close(rows(layer("dense", scaled)), 3 * rows(layer("dense", init)))
    dense = rows(layer("dense", Normal(name="normal", std=2.0)))
    assert dense.std().item() == pytest.approx(2, rel=0.01)


def test_all_biases_become_0_those_of_tied_layers_too() -> None:
    for init in INITS:
        assert not any(layer(name, init).bias.any() for name in LAYERS)
        net = StackedAutoencoder([1, 4, 4], [8, 3], "tanh", tied=True, init=init)
        assert not any(value.any() for key, value in net.named_parameters() if "bias" in key)


def test_without_one_layers_are_left_alone() -> None:
    torch.manual_seed(0)
    expected = LAYERS["conv"]()
    assert torch.equal(layer("conv", None).weight, expected.weight)
    assert torch.equal(layer("conv", None).bias, expected.bias)
