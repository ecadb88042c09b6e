"""Each against its paper's formulas, on a noisy quadratic in double precision."""

import math
from collections.abc import Iterator
from typing import Any

import pytest
import torch
from torch import Tensor

START = [1.0, -2.0, 0.5]
LR, DECAY, EPS = 0.02, 0.1, 1e-8


def gradients(at: Tensor, update: int) -> Tensor:
    noise = torch.randn(3, dtype=at.dtype, generator=torch.Generator().manual_seed(update))
    return at * torch.tensor([1.0, 3.0, 10.0], dtype=at.dtype) + noise


def adagrad(w: Tensor) -> Iterator[Tensor]:
    total = torch.zeros_like(w)
    for t in range(20):
        g = gradients(w, t) + DECAY * w
        total = total + g**2
        yield (w := w - LR * g / total.sqrt())


def adadelta(w: Tensor) -> Iterator[Tensor]:
    """Algorithm 1 of Zeiler 2012."""
    squares, steps = torch.zeros_like(w), torch.zeros_like(w)
    for t in range(20):
        g = gradients(w, t) + DECAY * w
        squares = 0.8 * squares + 0.2 * g**2
        step = -((steps + 1e-4) / (squares + 1e-4)).sqrt() * g
        steps = 0.8 * steps + 0.2 * step**2
        yield (w := w + LR * step)


def rmsprop(w: Tensor) -> Iterator[Tensor]:
    squares, velocity = torch.zeros_like(w), torch.zeros_like(w)
    for t in range(20):
        g = gradients(w, t) + DECAY * w
        squares = 0.9 * squares + 0.1 * g**2
        velocity = 0.5 * velocity + g / (squares.sqrt() + EPS)
        yield (w := w - LR * velocity)


def adam(w: Tensor) -> Iterator[Tensor]:
    """Algorithm 1 of Kingma & Ba 2015, of the loss with its L2 term."""
    m, v = torch.zeros_like(w), torch.zeros_like(w)
    for t in range(20):
        g = gradients(w, t) + DECAY * w
        m, v = 0.8 * m + 0.2 * g, 0.9 * v + 0.1 * g**2
        unbiased = m / (1 - 0.8 ** (t + 1)), v / (1 - 0.9 ** (t + 1))
        yield (w := w - LR * unbiased[0] / (unbiased[1].sqrt() + EPS))


def adamw(w: Tensor) -> Iterator[Tensor]:
    m, v = torch.zeros_like(w), torch.zeros_like(w)
    for t in range(20):
        g = gradients(w, t)
        m, v = 0.8 * m + 0.2 * g, 0.9 * v + 0.1 * g**2
        unbiased = m / (1 - 0.8 ** (t + 1)), v / (1 - 0.9 ** (t + 1))
        yield (w := w - LR * (unbiased[0] / (unbiased[1].sqrt() + EPS) + DECAY * w))


def nadam(w: Tensor) -> Iterator[Tensor]:
    """Algorithm 2 of Dozat 2016, with its schedule of the momentum."""
    m, v, product = torch.zeros_like(w), torch.zeros_like(w), 1.0
    for t in range(20):
        g = gradients(w, t) + DECAY * w
        mu, following = (0.8 * (1 - 0.5 * 0.96 ** (s * 0.004)) for s in (t + 1, t + 2))
        product *= mu
        m, v = 0.8 * m + 0.2 * g, 0.9 * v + 0.1 * g**2
        ahead = following * m / (1 - product * following) + (1 - mu) * g / (1 - product)
        yield (w := w - LR * ahead / ((v / (1 - 0.9 ** (t + 1))).sqrt() + EPS))


@pytest.mark.parametrize(
    ("formula", "hyperparameters"),
    [
        (adagrad, {}),
        (adadelta, {"rho": 0.8, "eps": 1e-4}),
        (rmsprop, {"alpha": 0.9, "momentum": 0.5}),
        (adam, {"beta1": 0.8, "beta2": 0.9}),
        (adamw, {"beta1": 0.8, "beta2": 0.9}),
        (nadam, {"beta1": 0.8, "beta2": 0.9}),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_it_is_its_formula(formula: Any, hyperparameters: dict[str, float], vector) -> None:
    settings = {"name": formula.__name__, "lr": LR, "weight_decay": DECAY, **hyperparameters}
    parameter, optimizer = vector(settings, START)
    for update, expected in enumerate(formula(parameter.detach().clone())):
        parameter.grad = gradients(parameter.detach(), update)
        optimizer.step()
        torch.testing.assert_close(parameter.detach(), expected, rtol=1e-6, atol=1e-7)
    assert not math.isclose(parameter[0].item(), START[0], abs_tol=1e-3)
