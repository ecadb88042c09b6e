import math

import pytest
import torch

from aebench.core.schema import parse
from aebench.objectives.base import Corruption
from aebench.objectives.corruptions.poisson import Poisson

# In units of the input; no number is 0 or 1 by itself.
X = 0.25 + 0.5 * torch.rand(200, 1000, generator=torch.Generator().manual_seed(0))


def noisy(how) -> torch.Tensor:
    torch.manual_seed(1)
    return parse(Corruption, how, "corruption").corrupt(X)


def share(event: torch.Tensor, probability: float):
    """The share of a binomial, within five of its standard deviations."""
    sigma = math.sqrt(probability * (1 - probability) / event.numel())
    return event.float().mean().item() == pytest.approx(probability, abs=5 * sigma)


@pytest.mark.parametrize("rate", [0.0, 0.1, 0.5, 0.9])
def test_masking_sets_that_share_to_zero_and_leaves_the_rest(rate: float) -> None:
    masked = noisy({"name": "masking", "rate": rate})
    kept = masked != 0
    assert torch.equal(masked[kept], X[kept])
    assert share(~kept, rate)


def test_a_bare_number_is_the_rate_of_masking() -> None:
    assert torch.equal(noisy(0.3), noisy({"name": "masking", "rate": 0.3}))
    assert noisy(0.0) is X


@pytest.mark.parametrize("rate", [0.0, 0.2, 0.7])
def test_salt_and_pepper_is_white_and_black_in_equal_parts(rate: float) -> None:
    x = noisy({"name": "salt-and-pepper", "rate": rate})
    kept = (x != 0) & (x != 1)
    assert torch.equal(x[kept], X[kept])
    assert share(x == 0, rate / 2)
    assert share(x == 1, rate / 2)


@pytest.mark.parametrize("std", [0.1, 2.0])
def test_gaussian_noise_is_added_and_not_clipped(std: float) -> None:
    noise = (noisy({"name": "gaussian", "std": std}) - X) / std
    n = noise.numel()
    assert noise.mean().item() == pytest.approx(0, abs=5 / math.sqrt(n))
    assert noise.square().mean().item() == pytest.approx(1, abs=5 * math.sqrt(2 / n))
    # 0.27 % lie beyond three standard deviations.
    assert share(noise.abs() > 3, math.erfc(3 / math.sqrt(2)))
    # Independent of the number it is added to.
    assert (noise * (X - X.mean())).mean().item() == pytest.approx(0, abs=5 / math.sqrt(n))


@pytest.mark.parametrize("peak", [1.0, 20.0])
def test_poisson_noise_counts_photons(peak: float) -> None:
    x = noisy({"name": "poisson", "peak": peak})
    counts = x * peak
    torch.testing.assert_close(counts, counts.round(), atol=1e-4, rtol=0)
    # Mean x, variance x / peak: of the noise, scaled by the root of that, 0 and 1.
    scaled = (x - X) / (X / peak).sqrt()
    assert scaled.mean().item() == pytest.approx(0, abs=5 / math.sqrt(x.numel()))
    assert scaled.square().mean().item() == pytest.approx(1, abs=0.03)
    dark = Poisson(name="poisson", peak=peak).corrupt(torch.zeros(100))
    assert not dark.any()


@pytest.mark.parametrize(
    "how",
    [
        0.4,
        {"name": "masking", "rate": 0.5},
        {"name": "salt-and-pepper", "rate": 0.3},
        {"name": "gaussian", "std": 0.5},
        {"name": "poisson", "peak": 2.0},
    ],
    ids=str,
)
def test_unbiased_noise_has_the_mean_of_what_was_corrupted(how) -> None:
    noise = parse(Corruption, how, "corruption").unbiased(noisy(how)) - X
    error = noise.std().item() / math.sqrt(noise.numel())
    assert noise.mean().item() == pytest.approx(0, abs=5 * error)
    # Whatever the number that it was added to.
    assert (noise * (X - X.mean())).mean().item() == pytest.approx(0, abs=5 * error)
