"""`--compare`: what pruning saves of a sweep's compute, and what its sampler is better by."""

from pathlib import Path
from typing import Any

from optuna.trial import TrialState

from aebench.core.files import write_csv
from aebench.experiments.failures import report_failures
from aebench.sweeps.config import NoPruner, Sampler, Sweep
from aebench.sweeps.sweep import SweepRunner

SEEDS = 3
Row = dict[str, Any]


def compare(search: SweepRunner) -> Path:
    """Do the sweep with other seeds, by random search with the same ones, and without pruning.

    Writes a row a sweep: its trials, how many of them failed or were pruned, the epochs that they
    took all in all (without those of pretraining, which no pruner can save), and the lowest
    validation loss, for equally many trials.
    """
    rows = []
    for changes in variants(search.sweep):
        other = search.varied(**changes)
        with other.driving() as (driver, tracker):
            report_failures(other.search(driver, tracker))
            trials, best = driver.finished, driver.best
        # What failed for the first time is not finished: the same command tries it again.
        done = sum(trial.state != TrialState.FAIL for trial in trials)
        rows.append(
            {
                "sampler": other.sweep.sampler.name,
                "pruner": other.sweep.pruner.name,
                "seed": other.sweep.seed,
                "trials": driver.total,
                "failed": driver.total - done,
                "pruned": sum(trial.state == TrialState.PRUNED for trial in trials),
                "epochs": sum(max(trial.intermediate_values, default=0) for trial in trials),
                "best_validation_loss": best[0].values[0] if best else "",
            }
        )
    path = search.folder / "comparison.csv"
    write_csv(path, rows)
    return path


def variants(sweep: Sweep) -> list[Row]:
    """The sweep and random search by seeds, and the sweep without pruning, which takes longest."""
    samplers = [
        {"sampler": sampler, "pruner": sweep.pruner, "seed": sweep.seed + i}
        for sampler in (sweep.sampler, Sampler(name="random"))
        for i in range(SEEDS)
    ]
    whole = {"sampler": sweep.sampler, "pruner": NoPruner(name="none"), "seed": sweep.seed}
    return [*samplers, whole]
