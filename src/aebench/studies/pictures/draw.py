"""Pictures of a study: its metric at every cell, its curves, and those that it asks for by name."""

from collections.abc import Callable
from itertools import cycle
from pathlib import Path
from statistics import mean
from textwrap import wrap

from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure

from aebench.core.errors import InputError
from aebench.experiments.cell import Levels
from aebench.experiments.outcome import Outcome
from aebench.experiments.recipe import Recipe
from aebench.metrics.interval import confidence_interval
from aebench.metrics.pca import PcaCodec
from aebench.plots.figures import COLOURS, INK, LIGHT, log_scale, save_figure
from aebench.plots.heatmaps import log10_table
from aebench.reporting.glossary import meaning, readable
from aebench.studies.claims import asked, picture
from aebench.studies.config import Study
from aebench.studies.pictures import bounds, codecs, denoised, detection, generated, maps, surface
from aebench.studies.pictures.panels import (
    Results,
    hold_middles,
    legend_above,
    lines_of,
    panels,
    places,
)
from aebench.studies.published import Published
from aebench.studies.table import evaluations

# Of losses: squared error, or cross-entropy and the bounds on a likelihood.
UNITS = ("squared error an image", "nats an image")
# Of gradients' norms, as powers of ten.
RANGE = (-4, 3)


def draw(results: Results, folder: Path) -> None:
    """Write a comparison for each metric that counts, `curves.png` and the study's own pictures."""
    study = results.study
    for metric in compared(study):
        comparison(results, metric, folder / f"{picture(study, metric)}.png")
    for name in ("curves", *study.pictures):
        PICTURES[name](results, folder / f"{name}.png")


def compared(study: Study) -> list[str]:
    """The metrics that have a comparison: the study's own, and those of its claims."""
    return list(dict.fromkeys([study.metric, *(claim.metric for claim in asked(study))]))


def check(study: Study, recipe: Recipe) -> None:
    """Raise InputError for a picture that there is not, or that this study cannot have.

    `recipe` is that of a cell.
    """
    for name in study.pictures:
        if name not in PICTURES:
            raise InputError(f"pictures: unknown name '{name}'; allowed: {', '.join(PICTURES)}")
        needed = NEEDS.get(name)
        if needed and needed not in {measure.name for measure in recipe.measures}:
            raise InputError(f"pictures: '{name}' needs the measure '{needed}' in the recipe")
    if "codes" in study.pictures and (
        len(study.axes) < 2 or not all(level.isdigit() for level in list(study.axes.values())[1])
    ):
        raise InputError("pictures: 'codes' needs a second axis whose levels are sizes")
    if "gradients" in study.pictures and recipe.training.diagnostics is None:
        raise InputError("pictures: 'gradients' needs training.diagnostics in the recipe")


def comparison(results: Results, metric: str, path: Path) -> None:
    """A metric of each seed (dots), its mean and 95 % interval (bar), a line a level.

    Published values are hollow.
    The first axis is compared within a panel; all others make the panels, with a common scale.
    Where only some places of the grid are asked for, the last axis makes the panels, each with a
    scale of its own, and all else is compared.
    """
    study, rows = results.study, results.rows
    figure, grid = panels(study, places(study), height=0.9, of_line=0.32, share_x=True)
    values = [row[metric] for row in rows if row.get(metric, "") != ""]
    for where, axes in grid:
        lines = lines_of(study, where)
        for i, line in enumerate(lines):
            there = [row for row in rows if line.place.items() <= row.items()]
            some = [row[metric] for row in there if row.get(metric, "") != ""]
            axes.plot(some, [i] * len(some), "o", color=line.colour, alpha=0.5, markersize=4)
            if span := confidence_interval(some):
                axes.plot(span, [i, i], color=line.colour, linewidth=2)
                axes.plot([mean(some)], [i], "|", color=line.colour, markersize=12)
            stated = [one.value for one in study.published if _beside(one, line.place, metric)]
            axes.plot(stated, [i] * len(stated), "D", color=INK, fillstyle="none", markersize=5)
            if note := _missing(len(there), len(there) - len(some)):
                # Beside the frame: no dot can lie under it.
                axes.text(
                    1.01, i, note, transform=axes.get_yaxis_transform(), va="center", fontsize=6
                )
        axes.set_yticks(range(len(lines)), [line.label for line in lines])
        axes.set_ylim(len(lines) - 0.5, -0.5)
        axes.grid(axis="x", color=LIGHT, linewidth=0.6)
        # Shares, such as areas under a curve, have a scale of their own.
        wide = values and min(values) > 0 and max(values) > max(1, 8 * min(values))
        if wide and not study.only:
            log_scale(axes.xaxis)
    if not study.only:
        figure.supylabel(next(iter(study.axes)), fontsize=8, color=INK)
    # As many letters of this size as there is room for.
    label = wrap(_label(metric), int(13 * figure.get_figwidth()))
    figure.supxlabel("\n".join(label), fontsize=8, color=INK)
    save_figure(figure, path)


def _label(metric: str) -> str:
    text = meaning(metric)
    return f"{readable(metric)}: {text}" if text else readable(metric)


def _beside(one: Published, place: Levels, metric: str) -> bool:
    """Whether a published value stands beside the results there, on the same scale."""
    here = bool(one.where) and one.where.items() <= place.items()
    return here and one.metric == metric and one.compare == "value"


def _missing(cells: int, lost: int) -> str:
    if not cells:
        return "not asked"
    return f"{lost} of {cells}\nwithout" if lost else ""


def curves(results: Results, path: Path) -> None:
    """Validation loss of the last training against its gradient evaluations, mean over seeds.

    Losses of different units have panels of their own.
    """
    study = results.study
    of_unit = {unit: _trained_places(results, unit) for unit in UNITS}
    of_unit = {unit: rows for unit, rows in of_unit.items() if rows}
    if not of_unit:
        return
    share = "all" if len(of_unit) == 1 else "row"
    rows = [row for rows in of_unit.values() for row in rows]
    figure, grid = panels(study, rows, height=2.4, of_line=0, share_x=False, share_y=share)
    units = [unit for unit, rows in of_unit.items() for row in rows for _ in row]
    for unit, (where, axes) in zip(units, grid, strict=True):
        if axes.get_subplotspec().is_first_col():
            axes.set_ylabel(f"validation loss,\n{unit}", fontsize=8, color=INK)
        for line in lines_of(study, where):
            there = _trained(results, line.place, unit)
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
        log_scale(axes.yaxis)
        hold_middles(axes)
        axes.grid(color=LIGHT, linewidth=0.6)
    legend_above(figure, [axes for _, axes in grid])
    figure.supxlabel("gradient evaluations", fontsize=9, color=INK)
    save_figure(figure, path)


def _trained_places(results: Results, unit: str) -> list[list[Levels]]:
    rows = [[at for at in row if _trained(results, at, unit)] for row in places(results.study)]
    return [row for row in rows if row]


def _trained(results: Results, place: Levels, unit: str) -> list[Outcome]:
    return [one for one in results.done(place) if one.runs and _unit(one) == unit]


def _unit(outcome: Outcome) -> str:
    squared, nats = UNITS
    return squared if getattr(outcome.trained[-1].spec.objective, "loss", None) == "sse" else nats


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
        runs = (one.trained[-1] for one in there if one.runs)
        measured = next((rows for run in runs if (rows := run.diagnostics)), None)
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
    for level, colour in zip(results.study.axes[first], cycle(COLOURS), strict=False):
        at, middle, low, high = [], [], [], []
        for size in sizes:
            wanted = {first: level, second: str(size)}
            errors = [
                row["test_sse_per_image"]
                for row in results.rows
                if wanted.items() <= row.items() and row.get("test_sse_per_image", "") != ""
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
    runs = [one.trained[-1] for one in results.outcomes if one.status == "ok" and one.runs]
    if not runs:
        return
    best = min(runs, key=lambda run: run.metrics["validation"]["sse_per_image"])
    descents = surface.descend(best, results.prepared.part("train")[0][:500])
    save_figure(surface.still(descents), path)
    surface.animate(descents, path.with_suffix(".gif"))


# Pictures -> the measure that they are made from.
NEEDS = {
    "rate-distortion": "likelihood",
    "samples": "generation",
    "from-prior": "likelihood",
    "by-class": "conditional",
    "latent-maps": "latents",
    "latent-grid": "latents",
    "traversals": "latents",
    "denoised": "denoising",
    "maps": "map",
    "maps-page": "map",
    "roc": "anomaly",
    "scores": "anomaly",
    "rate-curves": "lossy",
    "decoded": "lossy",
}
PICTURES: dict[str, Callable[[Results, Path], None]] = {
    "curves": curves,
    "codes": codes,
    "gradients": gradients,
    "surface": surface_paths,
    "rate-distortion": bounds.rate_distortion,
    "terms": bounds.terms,
    "samples": generated.samples,
    "from-prior": generated.from_prior,
    "by-class": generated.by_class,
    "latent-maps": generated.maps,
    "latent-grid": generated.latent_grid,
    "traversals": generated.traversals,
    "denoised": denoised.denoised,
    "maps": maps.maps,
    "maps-page": maps.maps_page,
    "roc": detection.roc,
    "scores": detection.scores,
    "rate-curves": codecs.rate_curves,
    "decoded": codecs.decoded,
}
