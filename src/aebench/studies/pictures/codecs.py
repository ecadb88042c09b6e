"""Pictures of lossy codecs: their rate-distortion curves, and what digits look like on the way."""

from pathlib import Path

import numpy as np

from aebench.data.scaling import to_unit_range
from aebench.plots.figures import INK, LIGHT, image_rows, log_scale, save_figure
from aebench.studies.pictures.kept import arrays_at, others
from aebench.studies.pictures.panels import Results, legend_above, lines_of, panels, places

# Better than this no eye can tell, and a codec that loses nothing would squeeze all else.
MOST_DB = 50


def rate_curves(results: Results, path: Path) -> None:
    """PSNR against bits a pixel, a curve a level of the first axis, of the first seed."""
    figure, found = panels(
        results.study, places(results.study), height=3.6, of_line=0, share_x=False
    )
    for _, axes in found:
        log_scale(axes.xaxis)
        axes.grid(color=LIGHT, linewidth=0.6)
    for where, axes in found:
        for line in lines_of(results.study, where):
            arrays = arrays_at(results, "lossy", line.place)
            if arrays:
                shown = arrays["psnr_db"] <= MOST_DB
                axes.plot(
                    arrays["rates"][shown],
                    arrays["psnr_db"][shown],
                    line.style,
                    color=line.colour,
                    label=line.label,
                    marker=".",
                    linewidth=1.2,
                )
    legend_above(figure, [axes for _, axes in found])
    figure.supxlabel("bits a pixel", fontsize=9, color=INK)
    figure.supylabel("PSNR, dB", fontsize=9, color=INK)
    save_figure(figure, path)


def decoded(results: Results, path: Path) -> None:
    """The same digits at the study's second rate, or the next that a codec has below it.

    A row a level of the first axis and a place of the others; the number is what it took. Above
    them the originals, and again where others follow.
    """
    study = results.study
    first = next(iter(study.axes))
    recipe = results.outcomes[0].cell.recipe
    rate = next(one.rates for one in recipe.measures if one.name == "lossy")[:2][-1]
    rows, names = [], []
    original = None
    for where in others(study):
        for method in study.axes[first]:
            arrays = arrays_at(results, "lossy", where | {first: method})
            if not arrays:
                continue
            if not np.array_equal(arrays["original"], original):
                original = arrays["original"]
                rows.append(to_unit_range(original))
                names.append("original")
            within = np.flatnonzero(arrays["rates"] <= rate)
            if len(within):
                rows.append(to_unit_range(arrays["decoded"][within[-1]]))
                label = ", ".join([method, *where.values()])
                names.append(f"{label}: {arrays['rates'][within[-1]]:.2f} bits a pixel")
    if rows:
        save_figure(image_rows(rows, names), path)
