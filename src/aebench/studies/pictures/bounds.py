"""Pictures of bounds on the likelihood: their two terms, against each other and over time."""

from pathlib import Path
from statistics import mean

from matplotlib.figure import Figure

from aebench.experiments.cell import format_levels
from aebench.plots.figures import INK, LIGHT, save_figure
from aebench.studies.pictures.panels import (
    Results,
    hold_middles,
    legend_above,
    lines_of,
    panels,
    places,
)

MIDDLE = "#999999"
TERMS = {"reconstruction": "reconstruction, nats", "kl": "KL to the prior, nats"}


def rate_distortion(results: Results, path: Path) -> None:
    """Distortion against rate (Alemi et al. 2018), a dot a seed, test images, nats an image.

    Along a dotted line their sum, the negative ELBO, is the same.
    """
    figure, found = panels(
        results.study, places(results.study), height=3.2, of_line=0, share_x=False
    )
    for where, axes in found:
        values = []
        for line in lines_of(results.study, where):
            there = [row for row in results.rows if line.place.items() <= row.items()]
            pairs = [(r["rate"], r["distortion"]) for r in there if r.get("rate", "") != ""]
            if pairs:
                axes.plot(
                    *zip(*pairs, strict=True),
                    "o" if line.style == "-" else "s",
                    color=line.colour,
                    label=line.label,
                    markersize=4,
                    alpha=0.8,
                )
            values += pairs
        for rate, distortion in values[::5]:
            axes.axline((rate, distortion), slope=-1, color=MIDDLE, linestyle=":", linewidth=0.8)
    legend_above(figure, [axes for _, axes in found])
    figure.supxlabel("rate: KL to the prior, nats an image", fontsize=9, color=INK)
    figure.supylabel("distortion: -log p(x|z), nats an image", fontsize=9, color=INK)
    save_figure(figure, path)


def terms(results: Results, path: Path) -> None:
    """Each term of the loss on training images over the epochs, mean over seeds."""
    study = results.study
    wheres = [where for row in places(study) for where in row]
    figure = Figure(figsize=(8, 2.4 * len(wheres)), layout="constrained")
    grid = figure.subplots(len(wheres), len(TERMS), squeeze=False)
    for row, where in zip(grid, wheres, strict=True):
        row[0].set_title(format_levels(where), fontsize=8, color=INK)
        for axes, (term, label) in zip(row, TERMS.items(), strict=True):
            axes.set_ylabel(label, fontsize=8, color=INK)
            axes.tick_params(labelsize=7)
            axes.grid(color=LIGHT, linewidth=0.6)
            for line in lines_of(study, where):
                trained = [one.trained for one in results.done(line.place) if one.runs]
                histories = [runs[-1].history for runs in trained]
                values = [
                    mean(at[f"train_{term}"] for at in epoch)
                    for epoch in zip(*histories, strict=False)
                    if f"train_{term}" in epoch[0]
                ]
                if values:
                    epochs = range(1, len(values) + 1)
                    axes.plot(
                        epochs,
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
