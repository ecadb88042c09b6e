import math

import pytest
import torch

MU, LR = 0.9, 0.05
CURVATURE = torch.tensor([1.0, 3.0], dtype=torch.float64)


@pytest.mark.parametrize("nesterov", [False, True])
def test_momentum_is_that_of_sutskever(nesterov: bool, vector) -> None:
    """In the form of Sutskever et al. 2013, the constant rate inside the velocity (eq. 1 to 4).

    Nesterov's gradient is taken where the velocity leads to; torch keeps that look-ahead point.
    """
    settings = {"name": "sgd", "lr": LR, "momentum": MU, "nesterov": nesterov}
    parameter, optimizer = vector(settings, [1.0, -2.0])
    theta, velocity = parameter.detach().clone(), torch.zeros(2, dtype=torch.float64)
    for _ in range(10):
        parameter.grad = CURVATURE * parameter.detach()
        optimizer.step()
        ahead = theta + MU * velocity if nesterov else theta
        velocity = MU * velocity - LR * CURVATURE * ahead
        theta = theta + velocity
        stored = theta + MU * velocity if nesterov else theta
        torch.testing.assert_close(parameter.detach(), stored)


@pytest.mark.parametrize("reload_at", [None, 250, 600])
def test_the_momentum_rises_by_sutskevers_schedule(reload_at: int | None, vector) -> None:
    """Equation 5 of Sutskever et al. 2013, also when it goes on from a checkpoint."""
    settings = {"name": "sgd", "lr": 1e-3, "momentum": 0.8, "momentum_schedule": "sutskever"}
    parameter, optimizer = vector(settings, [1.0, -2.0])
    theta, velocity = parameter.detach().clone(), torch.zeros(2, dtype=torch.float64)
    seen = []
    for t in range(800):
        if t == reload_at:
            state = optimizer.state_dict()
            parameter, optimizer = vector(settings, parameter.tolist())
            optimizer.load_state_dict(state)
        parameter.grad = CURVATURE * parameter.detach()
        optimizer.step()
        mu = min(1 - 2 ** (-1 - math.log2(t // 250 + 1)), 0.8)
        seen.append(mu)
        velocity = mu * velocity - 1e-3 * CURVATURE * theta
        theta = theta + velocity
        torch.testing.assert_close(parameter.detach(), theta)
    assert [seen[t] for t in (0, 249, 250, 500)] == pytest.approx([0.5, 0.5, 0.75, 0.8])


def test_a_normalized_step_has_the_length_of_the_rate(problem) -> None:
    tiny = problem({"name": "normalized-gd", "lr": 0.3})
    before = tiny.weights
    tiny.step()
    gradient = torch.cat([p.grad.flatten() for p in tiny.net.parameters()])
    moved = torch.cat([(tiny.weights[name] - old).flatten() for name, old in before.items()])
    torch.testing.assert_close(moved, -0.3 * gradient / gradient.norm())


@pytest.mark.parametrize("gradient", [[3e-30, 4e-30], [3e30, 4e30], [0.0, 0.0]])
def test_a_normalized_step_of_an_extreme_gradient(gradient: list[float], vector) -> None:
    parameter, optimizer = vector({"name": "normalized-gd", "lr": 0.5}, [1.0, 1.0])
    parameter.grad = torch.tensor(gradient, dtype=torch.float64)
    optimizer.step()
    moved = [1.0, 1.0] if gradient == [0.0, 0.0] else [0.7, 0.6]
    assert parameter.tolist() == pytest.approx(moved)
