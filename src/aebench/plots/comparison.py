"""A metric of several methods: each seed, their mean and its interval, published values."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import mean

from matplotlib.axes import Axes

from aebench.metrics.interval import confidence_interval
from aebench.plots.style import COLOURS, INK, LIGHT


@dataclass(frozen=True)
class Strip:
    """A row of a comparison: the values of a method's seeds, and the published ones of it.

    `floor`: what a far simpler method has. `note`: what stands at the right end, such as how many
    seeds have no value.
    """

    label: str
    values: list[float]
    published: Sequence[float] = ()
    floor: float | None = None
    note: str = ""


def comparison(axes: Axes, strips: Sequence[Strip]) -> None:
    """Seeds as dots, their mean and its 95 % interval as a bar, published values hollow.

    Floors are dotted lines across their rows.
    """
    for i, strip in enumerate(strips):
        values = strip.values
        axes.plot(values, [i] * len(values), "o", color=COLOURS[0], alpha=0.5, markersize=4)
        if span := confidence_interval(values):
            axes.plot(span, [i, i], color=COLOURS[0], linewidth=2)
            axes.plot([mean(values)], [i], "|", color=COLOURS[0], markersize=12)
        if strip.published:
            where = [i] * len(strip.published)
            (hollow,) = axes.plot(strip.published, where, "D", color=INK, fillstyle="none")
            hollow.set(markersize=5, label="published")
        if strip.floor is not None:
            floor, name = [strip.floor] * 2, "PCA with as many numbers"
            axes.plot(floor, [i - 0.5, i + 0.5], ":", color=INK, linewidth=1, label=name)
        if strip.note:
            # Beside the frame: no dot can lie under it.
            transform = axes.get_yaxis_transform()
            axes.text(1.01, i, strip.note, transform=transform, va="center", fontsize=6)
    axes.set_yticks(range(len(strips)), [strip.label for strip in strips])
    axes.set_ylim(len(strips) - 0.5, -0.5)
    axes.grid(axis="x", color=LIGHT, linewidth=0.6)
