import math

import pytest

from aebench.core.schema import parse
from aebench.training.schedules.base import Schedule

SCHEDULES = [
    {"name": "constant"},
    {"name": "cosine"},
    {"name": "exponential", "final": 0.01},
    {"name": "linear"},
    {"name": "step", "gamma": 0.5, "every": 0.2},
    {"name": "inverse-time", "rate": 3.0},
    {"name": "reduce-on-plateau"},
]


def schedule(settings: dict, warmup: int = 0):
    return parse(Schedule, settings | {"warmup": warmup}, "schedule")


@pytest.mark.parametrize(
    ("settings", "first", "middle", "last"),
    [
        (SCHEDULES[0], 1.0, 1.0, 1.0),
        (SCHEDULES[1], 1.0, 0.5, 0.0),
        (SCHEDULES[2], 1.0, 0.1, 0.01),
        (SCHEDULES[3], 1.0, 0.5, 0.0),
        (SCHEDULES[4], 1.0, 0.25, 0.5**5),
        (SCHEDULES[5], 1.0, 0.4, 0.25),
        (SCHEDULES[6], 1.0, 1.0, 1.0),
    ],
)
@pytest.mark.parametrize("warmup", [0, 20])
def test_start_middle_and_end(
    settings: dict, first: float, middle: float, last: float, warmup: int
) -> None:
    factor = schedule(settings, warmup).factor
    updates = 100 + warmup
    assert factor(warmup, updates) == pytest.approx(first)
    assert factor(warmup + 50, updates) == pytest.approx(middle)
    assert factor(updates, updates) == pytest.approx(last, abs=1e-12)
    curve = [factor(update, updates) for update in range(warmup, updates + 1)]
    assert curve == sorted(curve, reverse=True)


def test_cosine_is_half_a_cosine() -> None:
    factor = schedule({"name": "cosine"}).factor
    for update in range(101):
        assert factor(update, 100) == pytest.approx((1 + math.cos(math.pi * update / 100)) / 2)


def test_exponential_shrinks_by_the_same_share_each_update() -> None:
    factor = schedule({"name": "exponential", "final": 0.5}).factor
    shares = [factor(update + 1, 40) / factor(update, 40) for update in range(40)]
    assert shares == pytest.approx([0.5 ** (1 / 40)] * 40)


@pytest.mark.parametrize("every", [0.1, 0.2, 0.25, 0.3])
@pytest.mark.parametrize("updates", [100, 1000])
def test_steps_drop_at_their_shares_whatever_the_budget(every: float, updates: int) -> None:
    factor = schedule({"name": "step", "gamma": 0.1, "every": every}).factor
    drops = [u for u in range(1, updates) if factor(u, updates) < 0.5 * factor(u - 1, updates)]
    assert drops == list(range(round(every * updates), updates, round(every * updates)))
    assert factor(drops[1], updates) == pytest.approx(0.01)


def test_inverse_time_falls_as_one_over_t() -> None:
    """1 / factor is a straight line in the updates."""
    factor = schedule({"name": "inverse-time", "rate": 9.0}).factor
    inverse = [1 / factor(update, 90) for update in range(91)]
    assert inverse == pytest.approx([1 + 0.1 * update for update in range(91)])


def test_one_cycle_rises_falls_and_is_annihilated() -> None:
    settings = {"name": "one-cycle", "initial": 0.2, "final": 0.01, "annihilation": 0.2}
    factor = schedule(settings).factor
    knots = {0: 0.2, 20: 0.6, 40: 1.0, 60: 0.6, 80: 0.2, 90: 0.105, 100: 0.01}
    assert [factor(update, 100) for update in knots] == pytest.approx(list(knots.values()))
    changes = [factor(u + 1, 100) - factor(u, 100) for u in range(100)]
    assert changes == pytest.approx([0.02] * 40 + [-0.02] * 40 + [-0.0095] * 20)


@pytest.mark.parametrize("settings", SCHEDULES)
def test_warm_up_rises_by_equal_steps_to_the_full_rate(settings: dict) -> None:
    factor = schedule(settings, warmup=4).factor
    assert [factor(update, 100) for update in range(5)] == pytest.approx([0.25, 0.5, 0.75, 1, 1])


@pytest.mark.parametrize("settings", SCHEDULES)
@pytest.mark.parametrize("updates", [1, 3, 4])
def test_a_training_shorter_than_its_warm_up(settings: dict, updates: int) -> None:
    factor = schedule(settings, warmup=4).factor
    assert all(0 < factor(update, updates) <= 1 for update in range(updates))
