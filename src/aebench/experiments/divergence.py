"""When a finished run counts as diverged."""

from aebench.data.prepared import Prepared
from aebench.experiments.cell import Cell
from aebench.experiments.context import RunContext
from aebench.metrics.mean_image import mean_image_error
from aebench.training.runs import Run

# Limit of the validation error, in units of the error of the mean training image.
MOST_ERROR = 1.5


def divergence(run: Run, cell: Cell, context: RunContext) -> str:
    """Why the cell's run counts as diverged; empty if it does not."""
    if run.diverged:
        return "its loss became infinite or no number"
    start = Run(context.runs.folder(run.spec.start)) if run.spec.start else None
    if error_rose(run, start, cell.data(context.prepared)):
        return f"its error rose to more than {MOST_ERROR:g} times that of the mean image"
    return ""


def error_rose(run: Run, start: Run | None, prepared: Prepared) -> bool:
    """Whether the validation error of a reconstruction rose above MOST_ERROR mean-image errors.

    It rose if it ended higher than `start`, the run whose weights it started from, or than its own
    first epoch. A slow training may have as high an error, but does not rise.
    """
    if not hasattr(run.spec.objective, "loss"):
        return False
    history = run.history
    first, last = (history[at]["validation_sse_per_image"] for at in (0, -1))
    if last <= (start.metrics["validation"]["sse_per_image"] if start else first):
        return False
    train, validation = (prepared.part(part)[0] for part in ("train", "validation"))
    return last > MOST_ERROR * mean_image_error(train, validation)
