"""Every optimizer by every schedule, and each through the one function that trains."""

import warnings
from typing import Any

import pytest
import torch

from aebench.core.schema import parse
from aebench.objectives.reconstruction import Reconstruction
from aebench.training.schedules.base import Schedule

SCHEDULES: list[dict[str, Any]] = [
    {"name": "constant"},
    {"name": "cosine", "warmup": 5},
    {"name": "linear", "warmup": 5},
    {"name": "exponential", "final": 0.1},
    {"name": "step", "gamma": 0.5, "every": 0.25},
    {"name": "inverse-time", "rate": 3.0},
    {"name": "one-cycle"},
    {"name": "reduce-on-plateau", "warmup": 5, "gamma": 0.5, "patience": 1},
]


@pytest.mark.parametrize("schedule", SCHEDULES, ids=lambda schedule: schedule["name"])
def test_every_optimizer_learns_by_every_schedule(settings, schedule: dict, problem) -> None:
    tiny, section = problem(settings), parse(Schedule, schedule, "schedule")
    scheduler = section.build(tiny.optimizer, 50)
    losses = []
    for update in range(50):
        for group in tiny.optimizer.param_groups:
            expected = tiny.section.lr * section.factor(update, 50)
            assert group["lr"] == pytest.approx(expected)
        losses.append(tiny.step())
        scheduler.step()
    assert losses[-1] < 0.9 * losses[0]


@pytest.fixture
def changes(settings: dict[str, Any], request: pytest.FixtureRequest) -> dict[str, Any]:
    """Each optimizer with a schedule, all of them in turn."""
    turn = request.node.callspec.indices["settings"]
    return {"optimizer": settings, "schedule": SCHEDULES[turn % len(SCHEDULES)], "epochs": 4}


@pytest.fixture
def kind(settings: dict[str, Any]) -> str:
    """The harder kind for those that ask for more than one plain gradient, or draw noise."""
    return "vae bf16" if settings["name"] in ("lbfgs", "adahessian", "kron") else "masked"


def test_a_training_learns_and_gives_the_same_bytes_when_it_was_cut_off(
    kind: str, changes, spec, trained, interrupt, stores, kept
) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        whole = trained(spec(kind, **changes))
    losses = [row["validation_loss"] for row in whole.history]
    assert min(losses[1:]) < losses[0]
    store = stores()
    interrupt(spec(kind, **changes), store, 3)
    assert kept(trained(spec(kind, **changes), store)) == kept(whole)


def test_evaluations_are_counted_where_they_are_not_the_updates(spec, trained) -> None:
    rows = trained(spec(optimizer={"name": "lbfgs", "lr": 0.1}, epochs=2)).history
    assert [row["updates"] for row in rows] == [4, 8]
    assert 4 < rows[0]["evaluations"] < rows[1]["evaluations"]
    assert "evaluations" not in trained(spec(epochs=1)).history[0]


def test_the_training_loss_is_the_one_at_which_each_update_began(spec, trained) -> None:
    """Not that of all the points that a line search tries: so it compares with other optimizers."""
    whole_batch = {"batch_size": 120, "epochs": 1}
    losses = [
        trained(spec(optimizer={"name": name, "lr": 0.1}, **whole_batch)).history[0]["train_loss"]
        for name in ("sgd", "lbfgs")
    ]
    assert losses[0] == losses[1]


def test_the_evaluations_of_one_update_see_the_same_noise(spec, trained, monkeypatch) -> None:
    """Else there is nothing to search along: seen where the weights do not move."""
    seen = []
    objective = Reconstruction.__call__

    def note(self, model, batch, epoch):
        seen.append(torch.get_rng_state())
        return objective(self, model, batch, epoch)

    monkeypatch.setattr(Reconstruction, "__call__", note)
    run = trained(spec("masked", optimizer={"name": "lbfgs", "iterations": 3}, epochs=1))
    assert run.history[0]["evaluations"] == len(seen)
    assert len({state.numpy().tobytes() for state in seen}) == 4
