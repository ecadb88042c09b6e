"""How well scores tell strange images: ROC curves, and what the scores are."""

from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from aebench.experiments.cell import format_levels
from aebench.plots.figures import COLOURS, INK, LIGHT, save_figure
from aebench.studies.pictures.kept import arrays_at, others
from aebench.studies.pictures.panels import Results

ACROSS = 5
STYLES = ("-", "--", ":")


def roc(results: Results, path: Path) -> None:
    """A panel a level of the other axes, a curve a level of the first; of the first seed."""
    study = results.study
    first = next(iter(study.axes))
    methods = list(study.axes[first])
    wheres = others(study)
    figure, panels = _panels(len(wheres), 2.2)
    for axes, where in zip(panels, wheres, strict=False):
        axes.plot([0, 1], [0, 1], color=LIGHT, linewidth=1)
        for i, method in enumerate(methods):
            arrays = arrays_at(results, "anomaly", where | {first: method})
            if arrays:
                colour, style = COLOURS[i % len(COLOURS)], STYLES[i // len(COLOURS) % len(STYLES)]
                axes.plot(*_curve(arrays), style, color=colour, linewidth=1.2, label=method)
        axes.set_aspect("equal")
        axes.set_title(format_levels(where), fontsize=8, color=INK)
        axes.tick_params(labelsize=7)
    lines = {line.get_label(): line for axes in panels for line in axes.get_lines()}
    shown = [method for method in methods if method in lines]
    figure.legend(
        [lines[method] for method in shown],
        shown,
        loc="outside upper center",
        ncols=min(6, max(1, len(shown))),
        fontsize=7,
        frameon=False,
    )
    figure.supxlabel("usual images taken for strange ones", fontsize=9, color=INK)
    figure.supylabel("strange images found", fontsize=9, color=INK)
    save_figure(figure, path)


def scores(results: Results, path: Path) -> None:
    """Histograms of the scores of usual and of strange images: columns methods, rows the others."""
    study = results.study
    first = next(iter(study.axes))
    methods, wheres = list(study.axes[first]), others(study)
    figure = Figure(figsize=(1.6 * len(methods) + 1, 1.1 * len(wheres) + 1), layout="constrained")
    grid = figure.subplots(len(wheres), len(methods), squeeze=False)
    for row, where in zip(grid, wheres, strict=True):
        for axes, method in zip(row, methods, strict=True):
            axes.set_yticks([])
            axes.tick_params(labelsize=6)
            arrays = arrays_at(results, "anomaly", where | {first: method})
            if not arrays:
                axes.set_axis_off()
                continue
            both = np.concatenate([arrays["usual"], arrays["strange"]])
            # A few scores far out would leave nothing to see of the others.
            bins = np.linspace(*np.quantile(both, [0, 0.99]), 31)
            for kind, colour in zip(("usual", "strange"), COLOURS, strict=False):
                shown = arrays[kind].clip(bins[0], bins[-1])
                axes.hist(shown, bins, density=True, color=colour, alpha=0.5, label=kind)
        row[0].set_ylabel(
            format_levels(where, "\n"), fontsize=7, rotation=0, ha="right", va="center"
        )
    for axes, method in zip(grid[0], methods, strict=True):
        axes.set_title(method, fontsize=7, color=INK)
    handles, names = next(
        (found for axes in grid.flat if (found := axes.get_legend_handles_labels())[0]), ([], [])
    )
    figure.legend(handles, names, loc="outside upper center", ncols=2, fontsize=8, frameon=False)
    figure.supxlabel("score: error or -log p(x), the higher the stranger", fontsize=9, color=INK)
    save_figure(figure, path)


def _curve(arrays: dict[str, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    from sklearn.metrics import roc_curve

    both = np.concatenate([arrays["usual"], arrays["strange"]])
    are = np.repeat([0, 1], [len(arrays["usual"]), len(arrays["strange"])])
    return roc_curve(are, both)[:2]


def _panels(count: int, size: float):
    across = min(ACROSS, count)
    down = -(-count // across)
    figure = Figure(figsize=(size * across + 0.8, size * down + 0.8), layout="constrained")
    grid = figure.subplots(down, across, squeeze=False, sharex=True, sharey=True)
    for axes in grid.flat[count:]:
        axes.set_axis_off()
    for axes in grid.flat[max(0, count - across) : count]:
        axes.tick_params(labelbottom=True)
    return figure, list(grid.flat[:count])
