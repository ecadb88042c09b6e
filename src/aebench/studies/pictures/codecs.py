"""Lossy codecs: their rate-distortion curves, and decoded images at about the same rate."""

from pathlib import Path

import numpy as np

from aebench.data.scaling import to_unit_range
from aebench.measures.sections.lossy import Lossy
from aebench.plots.images import image_rows
from aebench.plots.style import INK, LIGHT, legend_above, log_scale, save_figure
from aebench.studies.pictures.panels import panels, places
from aebench.studies.pictures.results import Results

# No eye can tell better ones apart, and a lossless codec would flatten the others' curves.
MOST_DB = 50


def rate_curves(results: Results, path: Path) -> None:
    """PSNR against bits a pixel, a curve a level of the first axis, of the first seed."""
    figure, grid = panels(results.study, places(results.study), height=3.6)
    for panel in grid:
        log_scale(panel.axes.xaxis)
        panel.axes.grid(color=LIGHT, linewidth=0.6)
    for panel in grid:
        for line in panel.lines:
            if arrays := results.arrays_at(line.place, "lossy"):
                shown = arrays["psnr_db"] <= MOST_DB
                panel.axes.plot(
                    arrays["rates"][shown],
                    arrays["psnr_db"][shown],
                    line.style,
                    color=line.colour,
                    label=line.label,
                    marker=".",
                    linewidth=1.2,
                )
    legend_above(figure, [panel.axes for panel in grid])
    figure.supxlabel("bits a pixel", fontsize=9, color=INK)
    figure.supylabel("PSNR, dB", fontsize=9, color=INK)
    save_figure(figure, path)


def decoded(results: Results, path: Path) -> None:
    """The same images at the study's second rate, or the next lower one that a codec reaches.

    A row for each level of the first axis and place of the others, with its rate. Originals are
    above, and again above codecs that had other images.
    """
    recipe = results.outcomes[0].cell.recipe
    measure = next(measure for measure in recipe.measures if isinstance(measure, Lossy))
    rate = measure.rates[:2][-1]
    rows: list[np.ndarray] = []
    names: list[str] = []
    original = np.empty(0)
    for place in results.other_places():
        for method in results.study.axes[results.first_axis]:
            arrays = results.arrays_at(place | {results.first_axis: method}, "lossy")
            if not arrays:
                continue
            if not np.array_equal(arrays["original"], original):
                original = arrays["original"]
                rows.append(to_unit_range(original))
                names.append("original")
            within = np.flatnonzero(arrays["rates"] <= rate)
            if len(within):
                rows.append(to_unit_range(arrays["decoded"][within[-1]]))
                label = ", ".join([method, *place.values()])
                names.append(f"{label}: {arrays['rates'][within[-1]]:.2f} bits a pixel")
    if rows:
        save_figure(image_rows(rows, names), path)
