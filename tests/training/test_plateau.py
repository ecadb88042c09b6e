import math

import pytest
import torch

from aebench.core.schema import parse
from aebench.training.plateau import PlateauLR
from aebench.training.schedules.base import Schedule

LOSSES = [5, 4, 4, 4, 3, 3.5, math.nan, 3, 3.1, 2, 2, 2, 2, 2, 2, 1, 1.5, 1.5, 1.5]


def optimizer() -> torch.optim.Optimizer:
    groups = [{"params": [torch.nn.Parameter(torch.zeros(1))], "lr": lr} for lr in (0.8, 0.4)]
    return torch.optim.SGD(groups)


def rates(optimizer: torch.optim.Optimizer) -> list[float]:
    return [group["lr"] for group in optimizer.param_groups]


def build(optimizer: torch.optim.Optimizer, warmup: int = 0, patience: int = 2) -> PlateauLR:
    settings = {"name": "reduce-on-plateau", "gamma": 0.5, "patience": patience, "warmup": warmup}
    return parse(Schedule, settings, "schedule").build(optimizer, 100)


@pytest.mark.parametrize("patience", [1, 2, 3])
def test_it_falls_as_torchs_does(patience: int) -> None:
    """torch counts `patience` one less: the epochs before the reducing one."""
    ours, theirs = optimizer(), optimizer()
    plateau = build(ours, patience=patience)
    reduce = torch.optim.lr_scheduler.ReduceLROnPlateau(
        theirs, factor=0.5, patience=patience - 1, threshold=0.0
    )
    for loss in LOSSES:
        for _ in range(3):
            ours.step()
            plateau.step()
            assert rates(ours) == pytest.approx(rates(theirs))
        plateau.end_epoch(loss)
        reduce.step(loss)
        assert rates(ours) == pytest.approx(rates(theirs))
    assert rates(ours)[0] < 0.8 / 2


def test_a_reduction_holds_through_the_warm_up() -> None:
    one = optimizer()
    plateau = build(one, warmup=8, patience=1)
    seen = []
    for loss in (2.0, 2.0, 1.0):
        for _ in range(4):
            seen.append(rates(one)[0])
            one.step()
            plateau.step()
        plateau.end_epoch(loss)
    rising = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8]
    assert seen == pytest.approx([*rising, 0.4, 0.4, 0.4, 0.4])


@pytest.mark.parametrize("cut", range(0, len(LOSSES), 3))
def test_a_reloaded_one_goes_on_alike(cut: int) -> None:
    whole, part = optimizer(), optimizer()
    schedules = {"whole": build(whole, warmup=5), "part": build(part, warmup=5)}
    for epoch, loss in enumerate(LOSSES):
        if epoch == cut:
            states = schedules["part"].state_dict(), part.state_dict()
            part = optimizer()
            schedules["part"] = build(part, warmup=5)
            schedules["part"].load_state_dict(states[0])
            part.load_state_dict(states[1])
        for each, name in ((whole, "whole"), (part, "part")):
            each.step()
            schedules[name].step()
            schedules[name].end_epoch(loss)
        assert rates(whole) == rates(part)


def test_a_training_reduces_its_rate_by_its_validation_loss(spec, trained, interrupt, stores, kept):
    """Each row tells the rate that its epoch was trained with; a cut changes nothing."""
    changes = {
        "optimizer": {"name": "sgd", "lr": 2.0, "momentum": 0.9},
        "schedule": {"name": "reduce-on-plateau", "gamma": 0.1, "patience": 2},
        "epochs": 12,
    }
    whole = trained(spec(**changes))
    rate, best, waited, expected = 2.0, math.inf, 0, []
    for row in whole.history:
        expected.append(rate)
        waited = 0 if row["validation_loss"] < best else waited + 1
        best = min(best, row["validation_loss"])
        if waited == 2:
            rate, waited = rate * 0.1, 0
    assert [row["lr"] for row in whole.history] == pytest.approx(expected)
    falls = [epoch for epoch in range(2, 12) if expected[epoch] < expected[epoch - 1]]
    assert falls
    for epoch in (falls[0], falls[0] + 1, falls[0] + 2):
        store = stores()
        interrupt(spec(**changes), store, epoch)
        assert kept(trained(spec(**changes), store)) == kept(whole)
