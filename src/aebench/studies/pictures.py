"""Pictures of a study: its metric at every cell, its curves, and those that it asks for by name."""

from collections.abc import Callable, Sequence
from itertools import product
from pathlib import Path
from statistics import mean

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from aebench.errors import InputError
from aebench.reporting.figures import COLOURS, INK, LIGHT, save_figure
from aebench.studies.cell import Outcome
from aebench.studies.claims import interval_of
from aebench.studies.config import Levels, Study
from aebench.studies.table import Row
from aebench.training.runs import RunStore

Draw = Callable[[Study, Sequence[Outcome], Sequence[Row]], Figure]


def draw(study: Study, outcomes: Sequence[Outcome], rows: Sequence[Row], folder: Path) -> None:
    """Write `comparison.png`, `curves.png` and the study's own pictures to `folder`."""
    for name in ("comparison", "curves", *study.pictures):
        save_figure(PICTURES[name](study, outcomes, rows), folder / f"{name}.png")


def check(study: Study) -> None:
    """Raise InputError for a picture that there is not."""
    for name in study.pictures:
        if name not in PICTURES:
            raise InputError(f"pictures: unknown name '{name}'; allowed: {', '.join(PICTURES)}")


def comparison(study: Study, outcomes: Sequence[Outcome], rows: Sequence[Row]) -> Figure:
    """The metric of each seed (dots), its mean and 95 % interval (bar), a line a level.

    The first axis is compared within a panel; all others make the panels, with a common scale.
    """
    levels = list(next(iter(study.axes.values())))
    figure, panels = _panels(study, height=0.32 * len(levels) + 0.9, share_x=True)
    first = next(iter(study.axes))
    values = [row[study.metric] for row in rows if row.get(study.metric, "") != ""]
    for where, axes in panels:
        for i, level in enumerate(levels):
            wanted = where | {first: level}
            there = [row for row in rows if wanted.items() <= row.items()]
            some = [row[study.metric] for row in there if row.get(study.metric, "") != ""]
            colour = COLOURS[i % len(COLOURS)]
            axes.plot(some, [i] * len(some), "o", color=colour, alpha=0.5, markersize=4)
            if span := interval_of(some):
                axes.plot(span, [i, i], color=colour, linewidth=2)
                axes.plot([mean(some)], [i], "|", color=colour, markersize=12)
            if lost := len(there) - len(some):
                note = f"{lost} of {len(there)} diverged"
                axes.text(
                    0.98, i, note, transform=axes.get_yaxis_transform(), ha="right", fontsize=7
                )
        axes.set_yticks(range(len(levels)), levels)
        axes.set_ylim(len(levels) - 0.5, -0.5)
        axes.grid(axis="x", color=LIGHT, linewidth=0.6)
        if values and min(values) > 0 and max(values) > 8 * min(values):
            axes.set_xscale("log")
    figure.supxlabel(_readable(study.metric), fontsize=9, color=INK)
    return figure


def curves(study: Study, outcomes: Sequence[Outcome], rows: Sequence[Row]) -> Figure:
    """Validation loss of the last training against its gradient evaluations, mean over seeds."""
    first = next(iter(study.axes))
    levels = list(study.axes[first])
    figure, panels = _panels(study, height=2.4, share_x=False)
    for where, axes in panels:
        for i, level in enumerate(levels):
            wanted = where | {first: level}
            histories = [
                RunStore().get(one.runs[-1]).history
                for one in outcomes
                if one.status == "ok" and wanted.items() <= one.cell.levels.items()
            ]
            if not histories:
                continue
            # Those that stopped early end sooner: the mean is over what is there for all.
            length = min(map(len, histories))
            x = [row.get("evaluations", row["updates"]) for row in histories[0][:length]]
            losses = [[row["validation_loss"] for row in one[:length]] for one in histories]
            columns = list(zip(*losses, strict=True))
            colour = COLOURS[i % len(COLOURS)]
            style = "-" if i < len(COLOURS) else "--"
            axes.plot(
                x, [mean(c) for c in columns], style, color=colour, label=level, linewidth=1.2
            )
            axes.fill_between(
                x, [min(c) for c in columns], [max(c) for c in columns], color=colour, alpha=0.15
            )
        axes.set_yscale("log")
        axes.grid(color=LIGHT, linewidth=0.6)
    panels[0][1].legend(fontsize=7, frameon=False)
    figure.supxlabel("gradient evaluations", fontsize=9, color=INK)
    figure.supylabel("validation loss", fontsize=9, color=INK)
    return figure


PICTURES: dict[str, Draw] = {"comparison": comparison, "curves": curves}


def _panels(study: Study, height: float, share_x: bool) -> tuple[Figure, list[tuple[Levels, Axes]]]:
    """A panel for each place in the grid of all axes but the first: the second one across."""
    others = list(study.axes)[1:]
    across = [{others[0]: level} for level in study.axes[others[0]]] if others else [{}]
    down = [
        dict(zip(others[1:], names, strict=True))
        for names in product(*(study.axes[axis] for axis in others[1:]))
    ]
    figure = Figure(figsize=(max(5.0, 2.6 * len(across)), height * len(down)), layout="constrained")
    grid = figure.subplots(len(down), len(across), squeeze=False, sharex=share_x, sharey=True)
    panels = []
    for i, row in enumerate(down):
        for j, column in enumerate(across):
            where = column | row
            grid[i, j].set_title(
                ", ".join(f"{axis} {level}" for axis, level in where.items()), fontsize=8, color=INK
            )
            grid[i, j].tick_params(labelsize=7)
            panels.append((where, grid[i, j]))
    return figure, panels


def _readable(metric: str) -> str:
    return metric.replace("_", " ").replace("sse per image", "squared error an image")
