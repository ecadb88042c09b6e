"""What a study or a sweep took, run by run: beside its results, since it differs each time."""

from collections.abc import Iterable

from aebench.core import paths
from aebench.core.files import write_json
from aebench.experiments.outcome import Outcome


def write_timings(dataset: str, name: str, outcomes: Iterable[Outcome]) -> None:
    """Write the seconds and devices of the runs that are there to the data set's timings."""
    outcomes = list(outcomes)
    trained = {outcome.cell.label: outcome.trained for outcome in outcomes}
    # Cells may share runs, such as layers that are pretrained alike.
    runs = {run.folder: run for some in trained.values() for run in some}
    total = sum(run.cost["seconds"] for run in runs.values() if run.cost)
    measured = {
        outcome.cell.label: {k: v for one in outcome.measured for k, v in one.seconds.items()}
        for outcome in outcomes
        if outcome.records
    }
    write_json(
        paths.report(dataset) / "timings" / f"{name}.json",
        {
            "total_seconds": round(total, 1),
            **({"measured_seconds": measured} if measured else {}),
            "runs": {label: [run.cost for run in some] for label, some in trained.items()},
        },
    )
