"""Validation of a study before anything is trained."""

from aebench.core.errors import MOST, InputError
from aebench.core.nearest import unknown
from aebench.data.prepared import Prepared
from aebench.experiments.check import metric_names
from aebench.studies import grid, results_table, tune
from aebench.studies.config import Study
from aebench.studies.pictures import draw as pictures
from aebench.studies.reached import evaluations_to
from aebench.studies.table import DERIVED


def check(study: Study, prepared: Prepared) -> None:
    """Raise InputError, one line, for a cell that cannot be built, or an unknown metric or picture.

    Builds each recipe's models, objectives and optimizers, those of its pretraining too.
    """
    cells = grid.cells(study)
    pictures.check(study, cells[0].recipe)
    tuning = [cell for trial in tune.trials(study) for cell in trial.cells]
    if any(cell.recipe.baseline for cell in tuning):
        raise InputError("tune.space", "a baseline is not tuned by trials", "levels that train")
    # What needs the squared error of every training.
    needed_by = ["targets"] if study.targets else []
    needed_by += [f"pictures: '{name}'" for name in study.pictures if name in ("codes", "surface")]
    seen: set[str] = set()
    metrics = set(DERIVED) | set(map(evaluations_to, study.targets))
    for cell in [*tuning, *cells]:
        if (recipe := repr(cell.recipe)) not in seen:
            own = metric_names(cell, prepared)
            if needed_by and not cell.recipe.baseline and "test_sse_per_image" not in own:
                raise InputError(
                    f"{needed_by[0]}",
                    f"{cell.label} has no squared error",
                    "an objective that measures it",
                )
            metrics |= own
            seen.add(recipe)
    for axis in study.axes:
        if axis in metrics:
            raise InputError("axes", f"'{axis}' is a column of what is measured", "another name")
    misspelled = []
    for place, metric in [
        ("metric", study.metric),
        *((f"claims.{i}.metric", claim.metric) for i, claim in enumerate(study.claims)),
        *((f"claims.{i}.against", c.against) for i, c in enumerate(study.claims) if c.against),
        *results_table.named(study),
    ]:
        if metric not in metrics:
            misspelled.append(f"{place}: {unknown('name', metric, metrics)}")
    if misspelled:
        # What is allowed is the same everywhere, and long.
        raise InputError("", "; ".join(misspelled[:MOST]), ", ".join(sorted(metrics)))
    if study.tune and not study.metric.startswith("test_"):
        raise InputError(
            "metric", f"'{study.metric}' cannot be tuned for", "one that begins with test_"
        )
