"""How well scores separate anomalous images from usual ones: ROC curves and histograms."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure

from aebench.plots.style import COLOURS, INK, LIGHT, colour_and_style, labelled_lines, panel_grid

# The scores of a method: those of usual images, and those of anomalous ones.
Scores = tuple[np.ndarray, np.ndarray]


def roc_curves(panels: Mapping[str, Mapping[str, Scores]], methods: Sequence[str]) -> Figure:
    """A panel for each title, a curve for each method that has scores there."""
    across = min(5, len(panels))
    figure, grid = panel_grid(len(panels), across, 2.2, 2.2, margin=0.8, share=True)
    # With a shared scale only the lowest row of a full grid has labels.
    for axes in grid[max(0, len(panels) - across) :]:
        axes.tick_params(labelbottom=True)
    for axes, (title, scores) in zip(grid, panels.items(), strict=True):
        axes.plot([0, 1], [0, 1], color=LIGHT, linewidth=1)
        for i, method in enumerate(methods):
            if method in scores:
                colour, style = colour_and_style(i)
                rates = _roc(scores[method])
                axes.plot(*rates, style, color=colour, linewidth=1.2, label=method)
        axes.set_aspect("equal")
        axes.set_title(title, fontsize=8, color=INK)
        axes.tick_params(labelsize=7)
    lines = labelled_lines(grid)
    shown = [method for method in methods if method in lines]
    figure.legend(
        handles=[lines[method] for method in shown],
        labels=shown,
        loc="outside upper center",
        ncols=min(6, max(1, len(shown))),
        fontsize=7,
        frameon=False,
    )
    figure.supxlabel("usual images taken for strange ones", fontsize=9, color=INK)
    figure.supylabel("strange images found", fontsize=9, color=INK)
    return figure


def score_histograms(rows: Mapping[str, Mapping[str, Scores]], methods: Sequence[str]) -> Figure:
    """A row for each title, a column for each method, empty where it has no scores."""
    figure = Figure(figsize=(1.6 * len(methods) + 1, 1.1 * len(rows) + 1), layout="constrained")
    grid = figure.subplots(len(rows), len(methods), squeeze=False)
    for panels, (title, scores) in zip(grid, rows.items(), strict=True):
        for axes, method in zip(panels, methods, strict=True):
            axes.set_yticks([])
            axes.tick_params(labelsize=6)
            if method not in scores:
                axes.set_axis_off()
                continue
            # A few scores far out would leave nothing to see of the others.
            low, high = np.quantile(np.concatenate(scores[method]), [0, 0.99])
            bins = np.linspace(low, high, 31)
            kinds = zip(("usual", "strange"), scores[method], COLOURS, strict=False)
            for kind, values, colour in kinds:
                shown = values.clip(bins[0], bins[-1])
                axes.hist(shown, bins, density=True, color=colour, alpha=0.5, label=kind)
        panels[0].set_ylabel(title, fontsize=7, rotation=0, ha="right", va="center")
    for axes, method in zip(grid[0], methods, strict=True):
        axes.set_title(method, fontsize=7, color=INK)
    legends = (axes.get_legend_handles_labels() for axes in grid.flat)
    handles, names = next((both for both in legends if both[0]), ([], []))
    figure.legend(handles, names, loc="outside upper center", ncols=2, fontsize=8, frameon=False)
    figure.supxlabel("score: error or -log p(x), the higher the stranger", fontsize=9, color=INK)
    return figure


def _roc(scores: Scores) -> tuple[np.ndarray, np.ndarray]:
    """False and true positive rates."""
    from sklearn.metrics import roc_curve

    anomalous = np.repeat([0, 1], [len(scores[0]), len(scores[1])])
    false, true, _ = roc_curve(anomalous, np.concatenate(scores))
    return false, true
