"""A metric at every place of the grid, with published values beside it."""

from itertools import chain
from pathlib import Path
from statistics import mean
from textwrap import wrap

from aebench.experiments.cell import Levels
from aebench.plots.comparison import Strip
from aebench.plots.comparison import comparison as draw_strips
from aebench.plots.labels import short_labels
from aebench.plots.style import INK, legend_above, log_scale, save_figure
from aebench.reporting.glossary import meaning, readable
from aebench.reporting.published import Published
from aebench.studies.pictures.panels import Line, lines_of, panels, places
from aebench.studies.pictures.results import Results
from aebench.studies.reached import is_at_a_rate, is_to_a_target

# Letters of a metric's name.
LONGEST = 80
# Inches of a letter of a row's name.
OF_A_LETTER = 0.055


def comparison(results: Results, metric: str, path: Path) -> None:
    """A metric of each seed, its mean and 95 % interval, a row for each line of a panel.

    All panels have a common scale, unless the study has `only`.
    """
    study = results.study
    # Where nobody has it, the picture says so.
    labels = measured_lines(results, metric) or None
    names = [line.label for place in chain(*places(study)) for line in lines_of(study, place)]
    figure, grid = panels(
        study,
        places(study),
        height=0.9,
        of_line=0.32,
        share_x=True,
        labels=labels,
        beside=OF_A_LETTER * max(map(len, names)),
    )
    values = results.values_at({}, metric)
    # Shares, such as areas under a curve, have a scale of their own.
    wide = bool(values) and min(values) > 0 and max(values) > max(1, 8 * min(values))
    for panel in grid:
        draw_strips(panel.axes, [_strip(results, line, metric) for line in panel.lines])
        if wide and not study.only:
            log_scale(panel.axes.xaxis)
    if not study.only:
        figure.supylabel(results.first_axis, fontsize=8, color=INK)
    # As many letters of this size as there is room for.
    label = wrap(_label(metric), int(13 * figure.get_figwidth()))
    legend_above(figure, [panel.axes for panel in grid])
    figure.supxlabel("\n".join(label), fontsize=8, color=INK)
    save_figure(figure, path)


def measured_lines(results: Results, metric: str) -> set[str]:
    """The labels of lines that have the metric somewhere, or could have had it."""
    missable = is_to_a_target(metric) or is_at_a_rate(metric)
    return {
        line.label
        for place in chain(*places(results.study))
        for line in lines_of(results.study, place)
        if any(
            missable or row["status"] != "ok" or row.get(metric, "") != ""
            for row in results.rows_at(line.place)
        )
    }


def _strip(results: Results, line: Line, metric: str) -> Strip:
    values = results.values_at(line.place, metric)
    published = [
        number.value
        for number in results.study.published
        if _comparable(number, line.place, metric)
    ]
    cells = len(results.rows_at(line.place))
    # PCA's, in the table's column of the same name.
    floors = results.values_at(line.place, f"pca_{metric}")
    return Strip(
        line.label,
        values,
        published,
        mean(floors) if floors else None,
        _missing(cells, cells - len(values)),
    )


def _label(metric: str) -> str:
    (name,) = short_labels([readable(metric)], "metric", LONGEST).values()
    text = meaning(metric)
    return f"{name}: {text}" if text else name


def _comparable(number: Published, place: Levels, metric: str) -> bool:
    """Whether a published number is of this metric at this place, and on the same scale."""
    here = bool(number.where) and number.where.items() <= place.items()
    return here and number.metric == metric and number.compare == "value"


def _missing(cells: int, lost: int) -> str:
    return f"{lost} of {cells} without" if lost else ""
