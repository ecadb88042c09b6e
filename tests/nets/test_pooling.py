import pytest
import torch

from aebench.nets.pooling import StochasticPool, pool

SIZES = pytest.mark.parametrize("size", [(4, 6), (5, 7), (1, 1), (1, 4)])


def windows(x: torch.Tensor) -> dict[tuple[int, int], torch.Tensor]:
    """The 2 x 2 windows of an H x W map one by one, those at the border cut off."""
    rows, columns = (x.shape[0] + 1) // 2, (x.shape[1] + 1) // 2
    return {
        (i, j): x[2 * i : 2 * i + 2, 2 * j : 2 * j + 2].flatten()
        for i in range(rows)
        for j in range(columns)
    }


@SIZES
@pytest.mark.parametrize(
    ("name", "formula"),
    [
        ("max", lambda a: a.max()),
        ("average", lambda a: a.mean()),
        ("stochastic", lambda a: (a / a.sum() * a).sum()),
    ],
)
def test_pooling_is_its_formula_on_each_window(name, formula, size: tuple[int, int]) -> None:
    x = torch.rand(2, 3, *size)
    pooled = pool(name).eval()(x)
    for n, c in [(0, 0), (1, 2)]:
        for (i, j), window in windows(x[n, c]).items():
            torch.testing.assert_close(pooled[n, c, i, j], formula(window))


@SIZES
def test_activations_are_drawn_in_proportion_to_their_size(size: tuple[int, int]) -> None:
    torch.manual_seed(0)
    x = torch.rand(*size)
    x[0, 0] = 0.0
    draws = 20_000
    drawn = StochasticPool()(x.expand(draws, 1, *size))
    for (i, j), window in windows(x).items():
        for a in window:
            p = (a / window.sum()).item() if window.sum() > 0 else 1.0
            found = (drawn[:, 0, i, j] == a).float().mean().item()
            assert found == pytest.approx(p, abs=5 * (p * (1 - p) / draws) ** 0.5 + 1e-9)


def test_evaluation_gives_what_training_gives_on_average() -> None:
    torch.manual_seed(0)
    x = torch.rand(1, 2, 5, 4)
    pooling = StochasticPool()
    drawn = pooling(x.expand(20_000, -1, -1, -1))
    error = drawn.std(0) / 20_000**0.5
    assert ((drawn.mean(0) - pooling.eval()(x)[0]).abs() <= 5 * error + 1e-6).all()


@pytest.mark.parametrize("training", [True, False])
def test_a_window_of_zeros_gives_zero_and_a_gradient_that_is_a_number(training: bool) -> None:
    x = torch.zeros(3, 2, 4, 4, requires_grad=True)
    pooled = StochasticPool().train(training)(x)
    assert not pooled.any()
    pooled.sum().backward()
    assert x.grad.isfinite().all()


def test_the_gradient_goes_to_the_activation_that_was_drawn() -> None:
    x = torch.rand(5, 2, 4, 6, requires_grad=True)
    pooled = StochasticPool()(x)
    pooled.sum().backward()
    assert x.grad.sum() == pooled.numel()
    torch.testing.assert_close(x[x.grad == 1].sort()[0], pooled.flatten().sort()[0])


@pytest.mark.parametrize("training", [True, False])
def test_half_precision_stays_so(training: bool) -> None:
    x = torch.rand(5, 2, 4, 6).bfloat16()
    pooling = StochasticPool().train(training)
    assert pooling(x).dtype == torch.bfloat16
    torch.testing.assert_close(
        pooling.eval()(x).float(), pooling.eval()(x.float()), rtol=1e-2, atol=0
    )
