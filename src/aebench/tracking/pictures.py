"""The pictures of a run for MLflow."""

from typing import TYPE_CHECKING

from aebench.core import paths
from aebench.data.prepared import Prepared
from aebench.training.runs import Run

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def pictures(dataset: str, run: Run) -> dict[str, "Figure"]:
    """Loss curves, layer norms and, if the prepared data exists, reconstructions, by file name."""
    from aebench.plots.figures import curves, reconstructions
    from aebench.plots.heatmaps import heat_maps

    figures = {"curves.png": curves({"": [run]}, "loss")}
    if diagnostics := run.diagnostics:
        figures["layers.png"] = heat_maps(diagnostics)
    prepared = paths.prepared(dataset)
    if prepared.exists():
        images = Prepared.load(prepared).part("validation")[0][:12]
        figures["reconstructions.png"] = reconstructions(images, {"reconstruction": run.model()})
    return figures
