import numpy as np
import pytest
import pytorch_optimizer
import torch
from torch import nn

from aebench.training.optimizers.sections.matrix import SOAP, Kron, Shampoo


def matrix(section, shape=(4, 3)) -> tuple[nn.Parameter, torch.optim.Optimizer]:
    module = nn.Module()
    torch.manual_seed(0)
    module.p = nn.Parameter(torch.randn(shape, dtype=torch.float64))
    return module.p, section.build(module)


def gradient(update: int, shape=(4, 3)) -> torch.Tensor:
    return torch.randn(shape, dtype=torch.float64, generator=torch.Generator().manual_seed(update))


def power(symmetric: torch.Tensor, exponent: float) -> torch.Tensor:
    values, vectors = torch.linalg.eigh(symmetric)
    return vectors @ torch.diag(values**exponent) @ vectors.T


@pytest.mark.parametrize(
    ("every", "computed"), [(1, range(1, 13)), (5, [1, 2, 4, 5, 10]), (100, [1, 2, 4, 8])]
)
def test_shampoo_has_guptas_direction_and_adams_length(every: int, computed) -> None:
    """Algorithm 1 of Gupta et al. 2018 on the mean gradient; roots are computed seldom."""
    b1, b2, eps = 0.8, 0.9, 1e-3
    section = Shampoo(name="shampoo", lr=0.1, roots_every=every, beta1=b1, beta2=b2, eps=eps)
    w, optimizer = matrix(section)
    expected = w.detach().clone()
    mean, square = torch.zeros_like(expected), torch.zeros_like(expected)
    left, right = torch.zeros(4, 4).double(), torch.zeros(3, 3).double()
    for t in range(1, 13):
        g = gradient(t)
        mean, square = b1 * mean + (1 - b1) * g, b2 * square + (1 - b2) * g**2
        left, right = b2 * left + (1 - b2) * g @ g.T, b2 * right + (1 - b2) * g.T @ g
        if t in computed:
            roots = [
                power(s + eps * torch.linalg.matrix_norm(s, 2) * torch.eye(len(s)), -1 / 4)
                for s in (left, right)
            ]
        direction = roots[0] @ mean @ roots[1]
        adam = (mean / (1 - b1**t)) / ((square / (1 - b2**t)).sqrt() + 1e-8)
        expected -= 0.1 * direction * adam.norm() / direction.norm()
        w.grad = g.clone()
        optimizer.step()
        torch.testing.assert_close(w.detach(), expected)


def test_shampoos_direction_is_that_of_an_independent_implementation() -> None:
    """Of the first step, on a kernel of four axes: a root of order 8 for each."""
    shape = (3, 2, 2, 2)
    one, ours = matrix(Shampoo(name="shampoo", lr=1.0, eps=1e-9), shape)
    two = nn.Parameter(one.detach().clone())
    theirs = pytorch_optimizer.Shampoo([two], lr=1.0, matrix_eps=1e-9)
    moved = []
    for w, optimizer in ((one, ours), (two, theirs)):
        before = w.detach().clone()
        w.grad = gradient(0, shape)
        optimizer.step()
        moved.append((w.detach() - before).flatten())
    assert torch.cosine_similarity(*moved, dim=0).item() == pytest.approx(1, abs=1e-4)


def test_shampoo_on_vectors_is_adam() -> None:
    one, ours = matrix(Shampoo(name="shampoo", lr=0.1), (3,))
    two = nn.Parameter(one.detach().clone())
    adam = torch.optim.Adam([two], lr=0.1)
    for update in range(5):
        for w, optimizer in ((one, ours), (two, adam)):
            w.grad = gradient(update, (3,))
            optimizer.step()
    torch.testing.assert_close(one, two)


def test_shampoo_survives_a_gradient_that_is_no_number() -> None:
    w, optimizer = matrix(Shampoo(name="shampoo", lr=0.1))
    w.grad = torch.full_like(w, torch.nan)
    optimizer.step()
    assert w.isnan().all()


def test_soap_is_adam_in_a_fixed_eigenbasis() -> None:
    """Before the bases turn, those of the first gradient: algorithm 3 of Vyas et al. 2025."""
    section = SOAP(name="soap", lr=0.1, beta1=0.8, beta2=0.9, bases_every=100)
    w, optimizer = matrix(section)
    start = w.detach().clone()
    first = gradient(0)
    w.grad = first.clone()
    optimizer.step()
    assert torch.equal(w.detach(), start)
    left = torch.linalg.eigh(first @ first.T).eigenvectors
    right = torch.linalg.eigh(first.T @ first).eigenvectors
    rotated = nn.Parameter(left.T @ start @ right)
    adam = torch.optim.Adam([rotated], lr=0.1, betas=(0.8, 0.9), eps=1e-12)
    for update in range(1, 8):
        w.grad = gradient(update)
        optimizer.step()
        rotated.grad = left.T @ gradient(update) @ right
        adam.step()
        turned = left @ rotated.detach() @ right.T
        torch.testing.assert_close(w.detach(), turned, rtol=1e-5, atol=1e-5)


def test_kron_learns_to_whiten_the_gradient() -> None:
    """Li 2018: the preconditioned gradients come to have the covariance 1."""
    module = nn.Linear(3, 2, bias=False)
    torch.manual_seed(0)
    optimizer = Kron(name="kron", lr=1e-9, momentum=0.0).build(module)
    scales = torch.tensor([[3.0], [0.3]])
    for _ in range(400):
        module.weight.grad = scales * torch.randn(2, 3)
        optimizer.step()
    row, column = optimizer.state[module.weight]["Q"]
    whitened = (row.T @ row @ scales).squeeze() * column.square().mean()
    assert whitened.abs().tolist() == pytest.approx([1, 1], rel=0.4)


def test_kron_depends_on_no_draw_of_numpys(problem, monkeypatch) -> None:
    weights = []
    for drawn in (0.0, 0.999):
        monkeypatch.setattr(np.random, "random", lambda drawn=drawn: drawn)
        tiny = problem({"name": "kron", "lr": 0.01})
        for _ in range(30):
            tiny.step()
        weights.append(tiny.weights)
    for name, value in weights[0].items():
        assert torch.equal(value, weights[1][name])
