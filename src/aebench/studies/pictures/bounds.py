"""Bounds on the likelihood: their two terms, against each other and over the training."""

from pathlib import Path
from statistics import mean

from matplotlib.figure import Figure

from aebench.experiments.cell import format_levels
from aebench.plots.style import INK, LIGHT, hold_middles, legend_above, save_figure
from aebench.studies.pictures.panels import lines_of, panels, places
from aebench.studies.pictures.results import Results

MIDDLE = "#999999"
TERMS = {"reconstruction": "reconstruction, nats", "kl": "KL to the prior, nats"}


def rate_distortion(results: Results, path: Path) -> None:
    """Distortion against rate (Alemi et al. 2018), a dot a seed, test images, nats an image.

    Along a dotted line their sum, the negative ELBO, is the same.
    """
    figure, grid = panels(results.study, places(results.study), height=3.2)
    for panel in grid:
        points: list[tuple[float, float]] = []
        for line in panel.lines:
            rows = results.rows_at(line.place)
            own = [(row["rate"], row["distortion"]) for row in rows if row.get("rate", "") != ""]
            if own:
                panel.axes.plot(
                    *zip(*own, strict=True),
                    "o" if line.style == "-" else "s",
                    color=line.colour,
                    label=line.label,
                    markersize=4,
                    alpha=0.8,
                )
            points += own
        for point in points[::5]:
            panel.axes.axline(point, slope=-1, color=MIDDLE, linestyle=":", linewidth=0.8)
    legend_above(figure, [panel.axes for panel in grid])
    figure.supxlabel("rate: KL to the prior, nats an image", fontsize=9, color=INK)
    figure.supylabel("distortion: -log p(x|z), nats an image", fontsize=9, color=INK)
    save_figure(figure, path)


def terms(results: Results, path: Path) -> None:
    """Each term of the loss on training images over the epochs, mean over seeds."""
    study = results.study
    rows = [place for row in places(study) for place in row]
    figure = Figure(figsize=(8, 2.4 * len(rows)), layout="constrained")
    grid = figure.subplots(len(rows), len(TERMS), squeeze=False)
    for panels_of_row, place in zip(grid, rows, strict=True):
        panels_of_row[0].set_title(format_levels(place), fontsize=8, color=INK)
        for axes, (term, label) in zip(panels_of_row, TERMS.items(), strict=True):
            axes.set_ylabel(label, fontsize=8, color=INK)
            axes.tick_params(labelsize=7)
            axes.grid(color=LIGHT, linewidth=0.6)
            for line in lines_of(study, place):
                outcomes = [outcome for outcome in results.finished(line.place) if outcome.runs]
                histories = [outcome.trained[-1].history for outcome in outcomes]
                values = [
                    mean(row[f"train_{term}"] for row in epoch)
                    for epoch in zip(*histories, strict=False)
                    if f"train_{term}" in epoch[0]
                ]
                if values:
                    axes.plot(
                        range(1, len(values) + 1),
                        values,
                        line.style,
                        color=line.colour,
                        label=line.label,
                        linewidth=1.2,
                    )
            hold_middles(axes)
    legend_above(figure, list(grid.flat))
    figure.supxlabel("epoch", fontsize=9, color=INK)
    save_figure(figure, path)
