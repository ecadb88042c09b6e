"""`aebench sweep --compare`: what the sampler and the pruner of a sweep are worth."""

from pathlib import Path

from optuna.trial import TrialState

from aebench.core.files import Row, write_csv
from aebench.experiments.failures import report_failures
from aebench.sweeps.config import NoPruner, Sampler, Sweep
from aebench.sweeps.search import Search
from aebench.sweeps.sweep import SweepRunner

SEEDS = 3


def compare(runner: SweepRunner) -> Path:
    """Run the sweep with other seeds, random search with the same seeds, and without pruning.

    Writes a table with a row for each search and returns its path.
    """
    rows = [_row(runner.search.varied(**changes)) for changes in variants(runner.sweep)]
    path = runner.folder / "comparison.csv"
    write_csv(path, rows)
    return path


def _row(search: Search) -> Row:
    """Run a search; returns its trials, epochs and lowest validation loss.

    The epochs leave out those of pretraining, which no pruner can save.
    """
    with search.open() as (driver, tracker):
        report_failures(search.run(driver, tracker))
        trials, best = driver.finished, driver.best
    # A trial that failed once is not finished: the same command tries it again.
    succeeded = sum(trial.state != TrialState.FAIL for trial in trials)
    return {
        "sampler": search.sweep.sampler.name,
        "pruner": search.sweep.pruner.name,
        "seed": search.sweep.seed,
        "trials": driver.total,
        "failed": driver.total - succeeded,
        "pruned": sum(trial.state == TrialState.PRUNED for trial in trials),
        "epochs": sum(max(trial.intermediate_values, default=0) for trial in trials),
        "best_validation_loss": best[0].values[0] if best else "",
    }


def variants(sweep: Sweep) -> list[Row]:
    """Return the changes to the sweep; the one without pruning, which takes longest, is last."""
    samplers = [
        {"sampler": sampler, "pruner": sweep.pruner, "seed": sweep.seed + i}
        for sampler in (sweep.sampler, Sampler(name="random"))
        for i in range(SEEDS)
    ]
    unpruned = {"sampler": sweep.sampler, "pruner": NoPruner(name="none"), "seed": sweep.seed}
    return [*samplers, unpruned]
