"""The contract of schedules."""

import math

import torch

from aebench.contract import common
from aebench.training.schedules.base import Schedule

UPDATES = 100


def check_factors(section: Schedule) -> None:
    """Its factors are finite and not negative, from the first update to after the last."""
    for update in range(UPDATES + 1):
        factor = section.factor(update, UPDATES)
        assert math.isfinite(factor) and factor >= 0, f"{factor} at update {update} of {UPDATES}"


def check_warmup(section: Schedule) -> None:
    """It rises linearly over its warm-up, if it has one."""
    common.applies_to(bool(section.warmup))
    first = section.factor(0, UPDATES + section.warmup)
    assert math.isclose(first, 1 / section.warmup), f"it begins with {first}"


def check_optimizer(section: Schedule) -> None:
    """It multiplies an optimizer's learning rate by its factors."""
    parameter = torch.nn.Parameter(torch.zeros(1))
    optimizer = torch.optim.SGD([parameter], lr=0.5)
    schedule = section.build(optimizer, UPDATES)
    for update in range(UPDATES):
        rate, factor = optimizer.param_groups[0]["lr"], section.factor(update, UPDATES)
        assert math.isclose(rate, 0.5 * factor, abs_tol=1e-12), (
            f"at update {update} the rate is {rate}; expected 0.5 times {factor}"
        )
        optimizer.step()
        schedule.step()
