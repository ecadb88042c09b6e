"""The pictures of a run that MLflow shows."""

from typing import TYPE_CHECKING

from aebench.core import paths
from aebench.data.prepared import Prepared
from aebench.training.runs import Run

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def pictures(dataset: str, run: Run) -> dict[str, "Figure"]:
    """By file name: the loss curves and, where the prepared data is at hand, reconstructions."""
    from aebench.plots.curves import curves
    from aebench.plots.heatmaps import heat_maps
    from aebench.plots.model_outputs import reconstructions

    drawn = {"curves.png": curves({"": [run]}, "loss")}
    if measured := run.diagnostics:
        drawn["layers.png"] = heat_maps(measured)
    prepared = paths.prepared(dataset)
    if prepared.exists():
        images = Prepared.load(prepared).part("validation")[0][:12]
        drawn["reconstructions.png"] = reconstructions(images, {"reconstruction": run.model()})
    return drawn
