import math

import pytest

from aebench.schema import parse
from aebench.training.schedules import ScheduleConfig

SCHEDULES = [{"name": "constant"}, {"name": "cosine"}, {"name": "exponential", "final": 0.01}]


def schedule(settings: dict, warmup: int = 0):
    return parse(ScheduleConfig, settings | {"warmup": warmup}, "schedule")


@pytest.mark.parametrize(
    ("settings", "first", "middle", "last"),
    [
        (SCHEDULES[0], 1.0, 1.0, 1.0),
        (SCHEDULES[1], 1.0, 0.5, 0.0),
        (SCHEDULES[2], 1.0, 0.1, 0.01),
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


@pytest.mark.parametrize("settings", SCHEDULES)
def test_warm_up_rises_by_equal_steps_to_the_full_rate(settings: dict) -> None:
    factor = schedule(settings, warmup=4).factor
    assert [factor(update, 100) for update in range(5)] == pytest.approx([0.25, 0.5, 0.75, 1, 1])


@pytest.mark.parametrize("settings", SCHEDULES)
@pytest.mark.parametrize("updates", [1, 3, 4])
def test_a_training_shorter_than_its_warm_up(settings: dict, updates: int) -> None:
    factor = schedule(settings, warmup=4).factor
    assert all(0 < factor(update, updates) <= 1 for update in range(updates))
