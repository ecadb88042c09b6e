"""Which runs of a stage are trained side by side."""

import numpy as np
import pytest

from aebench.core.schema import parse
from aebench.data.prepared import PARTS, Prepared
from aebench.experiments.cell import run_specs
from aebench.experiments.recipe import Recipe
from aebench.pipeline import side_by_side
from aebench.pipeline.side_by_side import Task, chains, operations, processes

TRAINING = {
    "epochs": 5,
    "batch_size": 4,
    "optimizer": {"name": "sgd", "lr": 0.1},
    "schedule": {"name": "constant"},
}
RECIPE = {
    "model": {"name": "stacked", "widths": [6, 3], "unit": "silu"},
    "objective": {"name": "reconstruction", "loss": "sse"},
    "pretrain": {"method": "greedy", "epochs": 1, "batch_size": 4},
    "training": TRAINING,
    "precision": "fp32",
    "threads": 2,
}


@pytest.fixture
def prepared() -> Prepared:
    split = np.repeat(list(PARTS.values()), 10).astype(np.uint8)
    return Prepared(np.zeros((30, 1, 2, 4), np.uint8), None, split, ())


def tasks(prepared: Prepared, seeds: int, **changes: object) -> list[Task]:
    recipe = parse(Recipe, RECIPE | changes, "test")
    return [
        Task(f"{depth} of {seed}", spec)
        for seed in range(seeds)
        for depth, spec in enumerate(run_specs(recipe, prepared, seed))
    ]


def test_a_run_that_starts_from_another_waits_for_it(prepared: Prepared) -> None:
    labels = [[task.label for task in chain] for chain in chains(tasks(prepared, 2))]
    assert labels == [["0 of 0", "1 of 0", "2 of 0"], ["0 of 1", "1 of 1", "2 of 1"]]


def test_a_training_is_three_products_for_each_weight_and_image(prepared: Prepared) -> None:
    """Forward, and backward for inputs and weights, of two operations each."""
    (*_, whole) = tasks(prepared, 1)
    weights = 8 * 6 + 6 * 3 + 3 * 6 + 6 * 8
    assert operations(whole.spec, prepared) == 3 * 2 * weights * 10 * TRAINING["epochs"]


@pytest.mark.parametrize(
    ("seeds", "cores", "threads", "worth_it", "expected"),
    [(3, 4, 2, 0, 2), (3, 8, 2, 0, 3), (3, 2, 2, 0, 1), (1, 8, 2, 0, 1), (3, 8, 2, 1e12, 1)],
)
def test_trainings_fill_the_cores_if_that_is_worth_starting_processes(
    prepared: Prepared,
    monkeypatch: pytest.MonkeyPatch,
    seeds: int,
    cores: int,
    threads: int,
    worth_it: float,
    expected: int,
) -> None:
    monkeypatch.setattr("os.sched_getaffinity", lambda _: range(cores))
    monkeypatch.setattr(side_by_side, "WORTH_IT", worth_it)
    waiting = chains(tasks(prepared, seeds, threads=threads))
    assert processes(waiting, prepared) == expected
