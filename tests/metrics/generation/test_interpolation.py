import math

import pytest
import torch

from aebench.metrics.generation.interpolation import spherical, straight


@pytest.mark.parametrize("way", [straight, spherical])
def test_it_begins_at_one_end_and_ends_at_the_other(way) -> None:
    torch.manual_seed(0)
    a, b = torch.randn(5, 3), torch.randn(5, 3)
    codes = way(a, b, 7)
    assert codes.shape == (7, 5, 3)
    torch.testing.assert_close(codes[0], a)
    torch.testing.assert_close(codes[-1], b)


def test_an_arc_turns_evenly_and_keeps_its_length() -> None:
    a, b = 2 * torch.tensor([1.0, 0.0]), 2 * torch.tensor([0.0, 1.0])
    expected = torch.tensor([[math.cos(t), math.sin(t)] for t in torch.linspace(0, math.pi / 2, 5)])
    torch.testing.assert_close(spherical(a, b, 5), 2 * expected)
    assert straight(a, b, 5)[2].norm().item() == pytest.approx(math.sqrt(2))


def test_ends_that_leave_no_arc_are_joined_by_the_line() -> None:
    a = torch.tensor([[1.0, 2.0], [1.0, 2.0]])
    b = torch.tensor([[3.0, 6.0], [-1.0, -2.0]])
    torch.testing.assert_close(spherical(a, b, 5), straight(a, b, 5))
