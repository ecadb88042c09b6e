import copy

import torch
from torch import nn

from aebench.nets.tied import Transposed


def test_it_is_the_layer_transposed_with_a_bias_of_its_own() -> None:
    layer = nn.Linear(5, 3)
    tied = Transposed(layer)
    y = torch.randn(7, 3)
    torch.testing.assert_close(tied(y), y @ layer.weight + tied.bias)
    assert tied.bias.shape == (5,)


def test_the_matrix_stays_the_layers_and_learns_through_both() -> None:
    layer = nn.Linear(5, 3)
    tied = Transposed(layer)
    assert list(tied.state_dict()) == ["bias"]
    tied(torch.randn(7, 3)).sum().backward()
    assert layer.weight.grad.abs().sum() > 0


def test_a_copy_is_tied_to_the_copied_layer() -> None:
    layer = nn.Linear(5, 3)
    net = copy.deepcopy(nn.Sequential(layer, Transposed(layer)))
    nn.init.zeros_(net[0].weight)
    y = torch.randn(7, 3)
    torch.testing.assert_close(net[1](y), net[1].bias.expand(7, 5))
    assert layer.weight.abs().sum() > 0
