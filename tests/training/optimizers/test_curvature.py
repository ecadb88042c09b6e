import gc
import weakref
from collections.abc import Callable

import pytest
import torch
from torch import nn

from aebench.training.optimizers.sections.curvature import LBFGS, AdaHessian


def test_lbfgs_finds_the_minimum_of_an_ill_conditioned_quadratic() -> None:
    """In one update; gradient descent would need thousands of steps at a condition of 10^4."""
    module = nn.Module()
    module.p = nn.Parameter(torch.ones(6, dtype=torch.float64))
    curvature = torch.logspace(0, 4, 6, dtype=torch.float64)
    optimizer = LBFGS(name="lbfgs", iterations=60, history=10).build(module)
    losses = []

    def closure() -> torch.Tensor:
        optimizer.zero_grad()
        loss = 0.5 * (curvature * module.p.square()).sum()
        loss.backward()
        losses.append(loss.item())
        return loss

    optimizer.step(closure)
    assert 1 < len(losses) <= 75
    assert losses[-1] < 1e-10 * losses[0]


def test_adahessian_is_algorithm_1_of_yao_where_the_hessian_is_diagonal() -> None:
    """There Hutchinson's estimate is exact: z * (H z) = diag(H) for every z of +-1.

    A matrix of one column has a block a weight.
    """
    module = nn.Module()
    module.p = nn.Parameter(torch.tensor([[1.0], [-2.0], [0.5]]))
    section = AdaHessian(name="adahessian", lr=0.1, beta1=0.8, beta2=0.9, weight_decay=0.2)
    optimizer = section.build(module)
    w = module.p.detach().clone()
    m, v = torch.zeros_like(w), torch.zeros_like(w)

    for t in range(1, 6):
        g, h = w**3, 3 * w**2
        m, v = 0.8 * m + 0.2 * g, 0.9 * v + 0.1 * h**2
        step = (m / (1 - 0.8**t)) / (v / (1 - 0.9**t)).sqrt()
        w = w - 0.1 * 0.2 * w - 0.1 * step
        optimizer.step(kept_graph(optimizer, lambda: module.p.pow(4).sum() / 4))
        torch.testing.assert_close(module.p.detach(), w)


def test_hutchinsons_estimate_has_the_hessians_diagonal_as_its_mean() -> None:
    """Also where that is not all; here it outweighs the rest, so that no sign is lost."""
    module = nn.Module()
    module.p = nn.Parameter(torch.tensor([[0.3], [-0.2], [0.1]], dtype=torch.float64))
    hessian = torch.tensor([[4.0, 1, 0], [1, 3, -1], [0, -1, 2]], dtype=torch.float64)
    optimizer = AdaHessian(name="adahessian", lr=1e-9).build(module)
    closure = kept_graph(optimizer, lambda: 0.5 * (module.p.T @ hessian @ module.p).sum())
    torch.manual_seed(0)
    estimates = []
    for _ in range(1000):
        optimizer.step(closure)
        estimates.append(optimizer.state[module.p]["hessian"].flatten().clone())
    assert torch.stack(estimates).mean(0).tolist() == pytest.approx([4, 3, 2], abs=0.15)
    assert torch.stack(estimates).std(0).min() > 0.5


@pytest.mark.parametrize(
    ("shape", "block"), [((3,), (0,)), ((3, 4), (1,)), ((2, 3, 2, 2), (1, 2, 3))]
)
def test_adahessian_averages_the_diagonal_over_blocks(shape, block) -> None:
    """Yao et al. 2021, eq. 10; a block is the weights of one unit, or all biases of a layer."""
    curvature = torch.rand(shape, generator=torch.manual_seed(0)) + 0.5
    module = nn.Module()
    module.p = nn.Parameter(torch.ones(shape))
    optimizer = AdaHessian(name="adahessian", lr=1e-9).build(module)
    optimizer.step(kept_graph(optimizer, lambda: (curvature * module.p**2).sum() / 2))
    mean = curvature.mean(block, keepdim=True).expand(shape)
    torch.testing.assert_close(optimizer.state[module.p]["hessian"], mean)


def kept_graph(optimizer: torch.optim.Optimizer, loss_of: Callable[[], torch.Tensor]):
    def closure() -> torch.Tensor:
        optimizer.zero_grad()
        loss = loss_of()
        loss.backward(create_graph=True)
        return loss

    return closure


def test_adahessian_frees_the_graph(problem) -> None:
    tiny = problem({"name": "adahessian", "lr": 0.05})
    tiny.step()
    net = weakref.ref(tiny.net)
    weights = [weakref.ref(p) for p in tiny.net.parameters()]
    assert all(p.grad is None for p in tiny.net.parameters())
    gc.disable()
    try:
        del tiny
        assert net() is None
        assert [weight() for weight in weights] == [None] * 4
    finally:
        gc.enable()
