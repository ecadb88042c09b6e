"""Losses of a study's trainings: their curves, by the size of the code, and their gradients."""

from itertools import cycle
from pathlib import Path
from statistics import mean

from matplotlib.figure import Figure

from aebench.data.pca import PcaCodec
from aebench.experiments.cell import Levels
from aebench.experiments.outcome import Outcome
from aebench.plots.curves import mean_and_range
from aebench.plots.heatmaps import gradient_maps
from aebench.plots.style import (
    COLOURS,
    INK,
    LIGHT,
    hold_middles,
    legend_above,
    log_scale,
    save_figure,
)
from aebench.studies.pictures.panels import panels, places
from aebench.studies.pictures.results import Results
from aebench.studies.table import evaluations

# Of losses: squared error, or cross-entropy and the bounds on a likelihood.
UNITS = ("squared error an image", "nats an image")


def curves(results: Results, path: Path) -> None:
    """Validation loss of the last training against its gradient evaluations, mean over seeds.

    Losses of different units have panels of their own.
    """
    study = results.study
    rows = [(unit, row) for unit in UNITS for row in _trained_places(results, unit)]
    if not rows:
        return
    units = [unit for unit, row in rows for _ in row]
    figure, grid = panels(
        study,
        [row for _, row in rows],
        height=2.4,
        share_y="all" if len(set(units)) == 1 else "row",
    )
    for unit, panel in zip(units, grid, strict=True):
        axes = panel.axes
        spec = axes.get_subplotspec()
        if spec and spec.is_first_col():
            axes.set_ylabel(f"validation loss,\n{unit}", fontsize=8, color=INK)
        for line in panel.lines:
            outcomes = _trained(results, line.place, unit)
            if not outcomes:
                continue
            histories = [outcome.trained[-1].history for outcome in outcomes]
            # Trainings that stopped early end sooner: the mean is over the epochs that all have.
            epochs = list(zip(*histories, strict=False))
            x = [mean(spent) for spent in zip(*map(_spent, outcomes), strict=False)]
            losses = [[row["validation_loss"] for row in epoch] for epoch in epochs]
            look = {"label": line.label, "linewidth": 1.2}
            mean_and_range(axes, x, losses, line.style, line.colour, **look)
        log_scale(axes.yaxis)
        hold_middles(axes)
        axes.grid(color=LIGHT, linewidth=0.6)
    legend_above(figure, [panel.axes for panel in grid])
    figure.supxlabel("gradient evaluations", fontsize=9, color=INK)
    save_figure(figure, path)


def _trained_places(results: Results, unit: str) -> list[list[Levels]]:
    rows = [
        [place for place in row if _trained(results, place, unit)] for row in places(results.study)
    ]
    return [row for row in rows if row]


def _trained(results: Results, place: Levels, unit: str) -> list[Outcome]:
    """The finished trainings at `place` whose loss has this unit."""
    return [
        outcome for outcome in results.finished(place) if outcome.runs and _unit(outcome) == unit
    ]


def _unit(outcome: Outcome) -> str:
    squared, nats = UNITS
    return squared if getattr(outcome.trained[-1].spec.objective, "loss", None) == "sse" else nats


def _spent(outcome: Outcome) -> list[int]:
    """Gradient evaluations up to the end of each epoch of the last training, pretraining too."""
    *earlier, final = outcome.trained
    before = sum(evaluations(outcome, run) for run in earlier)
    return [before + evaluations(outcome, final, row) for row in final.history]


def gradients(results: Results, path: Path) -> None:
    """The gradient's norm in each layer over the training: a panel a level of the first axis.

    At the last levels of the other axes (the greatest depth), of the first seed with diagnostics.
    """
    first, *others = results.study.axes.items()
    axis, levels = first
    last = {name: list(others)[-1] for name, others in others}
    measured = {}
    for level in levels:
        place = last | {axis: level}
        outcomes = [o for o in results.outcomes if place.items() <= o.cell.levels.items()]
        runs = (outcome.trained[-1] for outcome in outcomes if outcome.runs)
        measured[level] = next((rows for run in runs if (rows := run.diagnostics)), None)
    save_figure(gradient_maps(measured), path)


def code_sizes(results: Results, path: Path) -> None:
    """Test error against the size of the code, a line a level of the first axis; PCA dotted."""
    first, second = list(results.study.axes)[:2]
    figure = Figure(figsize=(5.6, 3.8), layout="constrained")
    axes = figure.subplots()
    sizes = [int(level) for level in results.study.axes[second]]
    for level, colour in zip(results.study.axes[first], cycle(COLOURS), strict=False):
        errors = {
            size: results.values_at({first: level, second: str(size)}, "test_sse_per_image")
            for size in sizes
        }
        errors = {size: values for size, values in errors.items() if values}
        look = {"label": level, "markersize": 4}
        mean_and_range(axes, list(errors), list(errors.values()), "-o", colour, **look)
    images, test = (results.prepared.part(part)[0] for part in ("train", "test"))
    linear = [PcaCodec(images, size).sse_per_image(test) for size in sizes]
    axes.plot(sizes, linear, ":o", color=INK, label="PCA", markersize=4)
    axes.set_xscale("log", base=2)
    axes.set_yscale("log")
    axes.set_xticks(sizes, [str(size) for size in sizes])
    axes.set_xlabel("numbers in the code", fontsize=9)
    axes.set_ylabel("squared error an image, test", fontsize=9)
    axes.grid(color=LIGHT, linewidth=0.6)
    axes.legend(fontsize=8, frameon=False)
    save_figure(figure, path)
