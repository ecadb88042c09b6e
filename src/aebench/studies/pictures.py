"""Pictures of a study: its metric at every cell, its curves, and those that it asks for by name."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from statistics import mean

from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure

from aebench.data.prepared import Prepared
from aebench.errors import InputError
from aebench.evaluation.pca import PcaCodec
from aebench.reporting.figures import COLOURS, INK, LIGHT, save_figure
from aebench.studies import surface
from aebench.studies.cell import Outcome
from aebench.studies.claims import interval_of, picture
from aebench.studies.config import Levels, Study
from aebench.studies.grid import variants
from aebench.studies.heatmaps import log10_table
from aebench.studies.table import Row, evaluations

STYLES = ("-", "--", ":")
# Of gradients' norms, as powers of ten.
RANGE = (-4, 3)


@dataclass(frozen=True)
class Results:
    """All that a picture can be made from."""

    study: Study
    outcomes: Sequence[Outcome]
    rows: Sequence[Row]
    prepared: Prepared


def draw(results: Results, folder: Path) -> None:
    """Write a comparison for each metric that counts, `curves.png` and the study's own pictures."""
    study = results.study
    for metric in dict.fromkeys([study.metric, *(claim.metric for claim in study.claims)]):
        comparison(results, metric, folder / f"{picture(study, metric)}.png")
    for name in ("curves", *study.pictures):
        PICTURES[name](results, folder / f"{name}.png")


def check(study: Study) -> None:
    """Raise InputError for a picture that there is not, or that this study cannot have."""
    for name in study.pictures:
        if name not in PICTURES:
            raise InputError(f"pictures: unknown name '{name}'; allowed: {', '.join(PICTURES)}")
    if "codes" in study.pictures and (
        len(study.axes) < 2 or not all(level.isdigit() for level in list(study.axes.values())[1])
    ):
        raise InputError("pictures: 'codes' needs a second axis whose levels are sizes")
    if "gradients" in study.pictures and study.recipe.training.diagnostics is None:
        raise InputError("pictures: 'gradients' needs training.diagnostics in the recipe")


def comparison(results: Results, metric: str, path: Path) -> None:
    """A metric of each seed (dots), its mean and 95 % interval (bar), a line a level.

    The first axis is compared within a panel; all others make the panels, with a common scale.
    Where only some places of the grid are asked for, the last axis makes the panels, each with a
    scale of its own, and all else is compared.
    """
    study, rows = results.study, results.rows
    figure, panels = _panels(study, height=0.9, of_line=0.32, share_x=True)
    values = [row[metric] for row in rows if row.get(metric, "") != ""]
    for where, axes in panels:
        lines = _lines(study, where)
        for i, line in enumerate(lines):
            there = [row for row in rows if line.place.items() <= row.items()]
            some = [row[metric] for row in there if row.get(metric, "") != ""]
            axes.plot(some, [i] * len(some), "o", color=line.colour, alpha=0.5, markersize=4)
            if span := interval_of(some):
                axes.plot(span, [i, i], color=line.colour, linewidth=2)
                axes.plot([mean(some)], [i], "|", color=line.colour, markersize=12)
            if lost := len(there) - len(some):
                note = f"{lost} of {len(there)} without a value"
                axes.text(
                    0.98, i, note, transform=axes.get_yaxis_transform(), ha="right", fontsize=7
                )
        axes.set_yticks(range(len(lines)), [line.label for line in lines])
        axes.set_ylim(len(lines) - 0.5, -0.5)
        axes.grid(axis="x", color=LIGHT, linewidth=0.6)
        if values and min(values) > 0 and max(values) > 8 * min(values) and not study.only:
            axes.set_xscale("log")
    figure.supxlabel(_readable(metric), fontsize=9, color=INK)
    save_figure(figure, path)


def curves(results: Results, path: Path) -> None:
    """Validation loss of the last training against its gradient evaluations, mean over seeds."""
    study, outcomes = results.study, results.outcomes
    figure, panels = _panels(study, height=2.4, of_line=0, share_x=False)
    for where, axes in panels:
        for line in _lines(study, where):
            there = [
                one
                for one in outcomes
                if one.status == "ok" and line.place.items() <= one.cell.levels.items()
            ]
            if not there:
                continue
            histories = [one.trained[-1].history for one in there]
            # Those that stopped early end sooner: the mean is over what is there for all.
            length = min(map(len, histories))
            x = [mean(at) for at in zip(*map(_spent, there), strict=False)][:length]
            losses = [[row["validation_loss"] for row in one[:length]] for one in histories]
            columns = list(zip(*losses, strict=True))
            axes.plot(
                x,
                [mean(c) for c in columns],
                line.style,
                color=line.colour,
                label=line.label,
                linewidth=1.2,
            )
            axes.fill_between(
                x,
                [min(c) for c in columns],
                [max(c) for c in columns],
                color=line.colour,
                alpha=0.15,
            )
        axes.set_yscale("log")
        axes.grid(color=LIGHT, linewidth=0.6)
    legend_above(figure, [axes for _, axes in panels])
    figure.supxlabel("gradient evaluations", fontsize=9, color=INK)
    figure.supylabel("validation loss", fontsize=9, color=INK)
    save_figure(figure, path)


def legend_above(figure: Figure, panels: Sequence[Axes]) -> None:
    """One legend for the lines of all panels, each label once."""
    lines = {line.get_label(): line for axes in panels for line in axes.get_lines()}
    if lines:
        figure.legend(
            list(lines.values()),
            list(lines),
            loc="outside upper center",
            ncols=min(6, len(lines)) if max(map(len, lines)) < 20 else 2,
            fontsize=7,
            frameon=False,
        )


def _spent(outcome: Outcome) -> list[int]:
    """Gradient evaluations at the end of each epoch of the last training, those before included."""
    *earlier, final = outcome.trained
    before = sum(evaluations(outcome, run) for run in earlier)
    return [before + evaluations(outcome, final, row) for row in final.history]


def gradients(results: Results, path: Path) -> None:
    """The gradient's norm in each layer over the training: a panel a level of the first axis.

    At the last levels of the other axes (the greatest depth), for the first seed that has any.
    """
    study, outcomes = results.study, results.outcomes
    first, *others = study.axes
    last = {axis: list(study.axes[axis])[-1] for axis in others}
    levels = list(study.axes[first])
    across = 4
    down = -(-len(levels) // across)
    figure = Figure(figsize=(2.9 * across, 2.3 * down), layout="constrained")
    grid = figure.subplots(down, across, squeeze=False)
    for axes in grid.flat[len(levels) :]:
        axes.set_axis_off()
    for axes, level in zip(grid.flat, levels, strict=False):
        axes.set_title(level, fontsize=8, color=INK)
        wanted = last | {first: level}
        there = [one for one in outcomes if wanted.items() <= one.cell.levels.items()]
        measured = next((rows for one in there if (rows := one.trained[-1].diagnostics)), None)
        if measured is None:
            axes.set_axis_off()
            continue
        layers = len({row["layer"] for row in measured})
        updates = [row["update"] for row in measured]
        axes.set_facecolor(LIGHT)
        axes.imshow(
            log10_table(measured, "gradient_norm", layers),
            aspect="auto",
            cmap="viridis",
            vmin=RANGE[0],
            vmax=RANGE[1],
            extent=(updates[0], updates[-1], layers + 0.5, 0.5),
        )
        axes.tick_params(labelsize=7)
    scale = ScalarMappable(Normalize(*RANGE), "viridis")
    figure.colorbar(scale, ax=grid, label="log10 of the gradient's norm", shrink=0.6)
    figure.supxlabel("update", fontsize=9, color=INK)
    figure.supylabel("layer, in the order of the forward pass", fontsize=9, color=INK)
    save_figure(figure, path)


def codes(results: Results, path: Path) -> None:
    """Test error against the size of the code, a line a level of the first axis; PCA dotted."""
    first, second = list(results.study.axes)[:2]
    figure = Figure(figsize=(5.6, 3.8), layout="constrained")
    axes = figure.subplots()
    sizes = [int(level) for level in results.study.axes[second]]
    for level, colour in zip(results.study.axes[first], COLOURS, strict=False):
        at, middle, low, high = [], [], [], []
        for size in sizes:
            wanted = {first: level, second: str(size)}
            errors = [
                row["test_sse_per_image"]
                for row in results.rows
                if wanted.items() <= row.items() and row["status"] == "ok"
            ]
            if errors:
                at.append(size)
                middle.append(mean(errors))
                low.append(min(errors))
                high.append(max(errors))
        axes.plot(at, middle, "-o", color=colour, label=level, markersize=4)
        axes.fill_between(at, low, high, color=colour, alpha=0.15)
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


def surface_paths(results: Results, path: Path) -> None:
    """Paths of methods over a slice of the loss of the best net of all; a still and a GIF."""
    runs = [one.trained[-1] for one in results.outcomes if one.status == "ok"]
    if not runs:
        return
    best = min(runs, key=lambda run: run.metrics["validation"]["sse_per_image"])
    descents = surface.descend(best, results.prepared.part("train")[0][:500])
    save_figure(surface.still(descents), path)
    surface.animate(descents, path.with_suffix(".gif"))


PICTURES: dict[str, Callable[[Results, Path], None]] = {
    "curves": curves,
    "codes": codes,
    "gradients": gradients,
    "surface": surface_paths,
}


@dataclass(frozen=True)
class Line:
    """What is compared within a panel: the cells at `place`."""

    label: str
    place: Levels
    colour: str
    style: str


def _lines(study: Study, where: Levels) -> list[Line]:
    """Those of the panel `where`; a label has the same colour in all panels."""
    first = next(iter(study.axes))
    if study.only:
        places = variants(study)
        labels = list(dict.fromkeys(_beside(one, where) for one in places))
        there = [(_beside(one, where), one) for one in places if where.items() <= one.items()]
    else:
        labels = list(study.axes[first])
        there = [(level, where | {first: level}) for level in labels]
    return [
        Line(
            label,
            place,
            COLOURS[labels.index(label) % len(COLOURS)],
            STYLES[labels.index(label) // len(COLOURS) % len(STYLES)],
        )
        for label, place in there
    ]


def _beside(place: Levels, where: Levels) -> str:
    return ", ".join(
        level if i == 0 else f"{axis} {level}"
        for i, (axis, level) in enumerate(place.items())
        if axis not in where
    )


def _panels(
    study: Study, height: float, of_line: float, share_x: bool
) -> tuple[Figure, list[tuple[Levels, Axes]]]:
    """A panel for each place in the grid of all axes but the first: the second one across.

    Where the study names its places, a panel a level of the last axis. Each is `height` inches
    high, and `of_line` more for each line.
    """
    if study.only:
        return _column(study, height, of_line)
    height += of_line * len(next(iter(study.axes.values())))
    others = list(study.axes)[1:]
    across = [{others[0]: level} for level in study.axes[others[0]]] if others else [{}]
    down = [
        dict(zip(others[1:], names, strict=True))
        for names in product(*(study.axes[axis] for axis in others[1:]))
    ]
    figure = Figure(figsize=(max(5.0, 2.6 * len(across)), height * len(down)), layout="constrained")
    grid = figure.subplots(len(down), len(across), squeeze=False, sharex=share_x, sharey=True)
    panels = [
        (column | row, grid[i, j]) for i, row in enumerate(down) for j, column in enumerate(across)
    ]
    _entitle(panels)
    return figure, panels


def _column(
    study: Study, height: float, of_line: float
) -> tuple[Figure, list[tuple[Levels, Axes]]]:
    last = list(study.axes)[-1]
    levels = dict.fromkeys(one[last] for one in variants(study))
    places = [{last: level} for level in study.axes[last] if level in levels]
    heights = [height + of_line * len(_lines(study, where)) for where in places]
    figure = Figure(figsize=(6.5, sum(heights)), layout="constrained")
    grid = figure.subplots(len(places), 1, squeeze=False, height_ratios=heights)
    panels = list(zip(places, grid[:, 0], strict=True))
    _entitle(panels)
    return figure, panels


def _entitle(panels: list[tuple[Levels, Axes]]) -> None:
    for where, axes in panels:
        title = ", ".join(f"{axis} {level}" for axis, level in where.items())
        axes.set_title(title, fontsize=8, color=INK)
        axes.tick_params(labelsize=7)


def _readable(metric: str) -> str:
    return metric.replace("_", " ").replace("sse per image", "squared error an image")
