"""The times that the runs of a study or sweep took, in a file of their own: they vary."""

from collections.abc import Iterable

from aebench.core import paths
from aebench.core.files import write_json
from aebench.experiments.outcome import Outcome


def write_timings(dataset: str, name: str, outcomes: Iterable[Outcome]) -> None:
    """Write the seconds and devices of all finished runs to `timings/<name>.json` of the report."""
    outcomes = list(outcomes)
    trained = {outcome.cell.label: outcome.trained for outcome in outcomes}
    # Cells may share runs, such as layers that are pretrained alike.
    distinct = {run.folder: run for runs in trained.values() for run in runs}
    total = sum(run.cost["seconds"] for run in distinct.values() if run.cost)
    measured = {
        outcome.cell.label: {k: v for result in outcome.measured for k, v in result.seconds.items()}
        for outcome in outcomes
        if outcome.records
    }
    write_json(
        paths.report(dataset) / "timings" / f"{name}.json",
        {
            "total_seconds": round(total, 1),
            **({"measured_seconds": measured} if measured else {}),
            "runs": {label: [run.cost for run in runs] for label, runs in trained.items()},
        },
    )
