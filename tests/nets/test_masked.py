import pytest
import torch

from aebench.nets.masked import MADE


@pytest.mark.parametrize("size", [1, 2, 5])
def test_an_output_depends_on_the_inputs_before_it_and_on_no_other(size: int) -> None:
    torch.manual_seed(0)
    net = MADE(size, 3, [11, 13], "tanh", outputs=2)
    x, context = torch.randn(1, size), torch.randn(1, 3)
    for i in range(2):
        jacobian = torch.autograd.functional.jacobian(lambda x, i=i: net(x, context)[i], x)
        seen = jacobian.reshape(size, size) != 0
        assert torch.equal(seen, torch.ones(size, size).tril(-1).bool())


def test_outputs_depend_on_the_context_but_the_first_one() -> None:
    """The first output sees no hidden unit: it is a constant that is learned."""
    torch.manual_seed(0)
    net = MADE(3, 2, [9], "tanh", outputs=1)
    x = torch.randn(1, 3)
    jacobian = torch.autograd.functional.jacobian(lambda c: net(x, c)[0], torch.randn(1, 2))
    assert (jacobian.reshape(3, 2).abs().sum(1) > 0).tolist() == [False, True, True]


def test_masks_are_not_saved() -> None:
    assert not any("mask" in name for name in MADE(3, 2, [9], "tanh", 1).state_dict())
