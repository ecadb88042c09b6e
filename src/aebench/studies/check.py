"""What can be known to be wrong with a study before its first training."""

from aebench.core.errors import InputError
from aebench.data.prepared import Prepared
from aebench.experiments.check import metric_names
from aebench.experiments.recipe import Recipe
from aebench.studies import grid, results_page, tune
from aebench.studies.config import Study
from aebench.studies.pictures import draw as pictures
from aebench.studies.table import DERIVED


def check(study: Study, prepared: Prepared) -> None:
    """Raise InputError, one line, for a cell that cannot be, or a metric or picture there is not.

    Each kind of model is built, shallower ones too, with its objective and optimizer; nothing is
    trained.
    """
    cells = grid.cells(study)
    pictures.check(study, cells[0].recipe)
    tuning = [cell for trial in tune.trials(study) for cell in trial.cells] if study.tune else []
    if any(cell.recipe.baseline for cell in tuning):
        raise InputError(
            "tune.space: a baseline is not tuned by trials; allowed: levels that train"
        )
    needy = ["targets"] if study.targets else []
    needy += [f"pictures: '{name}'" for name in study.pictures if name in ("codes", "surface")]
    seen: list[Recipe] = []
    metrics = set(DERIVED) | {f"evaluations_to_{target:g}" for target in study.targets}
    for cell in [*tuning, *cells]:
        if cell.recipe not in seen:
            found = metric_names(cell, prepared)
            if needy and not cell.recipe.baseline and "test_sse_per_image" not in found:
                raise InputError(
                    f"{needy[0]}: {cell.label} has no squared error; allowed: an objective that "
                    "measures it"
                )
            metrics |= found
            seen.append(cell.recipe)
    for axis in study.axes:
        if axis in metrics:
            raise InputError(
                f"axes: '{axis}' is a column of what is measured; allowed: another name"
            )
    for place, metric in [
        ("metric", study.metric),
        *((f"claims.{i}.metric", claim.metric) for i, claim in enumerate(study.claims)),
        *((f"claims.{i}.against", c.against) for i, c in enumerate(study.claims) if c.against),
        *results_page.named(study),
    ]:
        if metric not in metrics:
            allowed = ", ".join(sorted(metrics))
            raise InputError(f"{place}: unknown name '{metric}'; allowed: {allowed}")
    if study.tune and not study.metric.startswith("test_"):
        raise InputError(
            f"metric: '{study.metric}' cannot be tuned for; allowed: one that begins with test_"
        )
