"""Static pictures of a sweep."""

import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from optuna.trial import FrozenTrial, TrialState

from aebench.plots.style import COLOURS, INK, LIGHT, log_scale, plain, save_figure, tight
from aebench.sweeps.config import Sweep
from aebench.sweeps.dimensions import Dimension, dimensions
from aebench.sweeps.driver import STATUS
from aebench.sweeps.names import PictureNames
from aebench.sweeps.values import Choices

# Height of a tick, and its label.
Ticks = list[tuple[float, str]]
COLOUR_MAP = "viridis_r"
# Status of a trial -> its label and colour in the picture of losses by epoch.
STATUSES = {
    "ok": ("to its end", COLOURS[0]),
    "pruned": ("pruned", "#bbbbbb"),
    "diverged": ("diverged", COLOURS[2]),
    "out of memory": ("out of memory", COLOURS[3]),
    "failed": ("failed", COLOURS[4]),
}


def draw(sweep: Sweep, trials: list[FrozenTrial], folder: Path) -> None:
    """Write the pictures that can be drawn from these trials to `folder`."""
    names = PictureNames(sweep)
    finished = [t for t in trials if t.state == TrialState.COMPLETE and math.isfinite(t.values[0])]
    figures: dict[str, Figure] = {}
    if finished:
        figures["history"] = history(trials)
        figures["parallel"] = parallel(sweep, finished)
        figures["slices"] = slices(sweep, finished)
    if shares := importances(finished):
        figures["importances"] = bars({names.whole[name]: share for name, share in shares.items()})
    if any(trial.intermediate_values for trial in trials):
        figures["intermediate"] = intermediate(trials)
    if len(sweep.objectives) > 1 and finished:
        figures["pareto"] = pareto(finished)
    for name, figure in figures.items():
        save_figure(figure, folder / f"{name}.png")


def history(trials: list[FrozenTrial]) -> Figure:
    """Plot the loss of each trial, of a pruned one at its last epoch, and the lowest so far."""
    figure, axes = _axes()
    pruned = [t for t in trials if t.state == TrialState.PRUNED and t.intermediate_values]
    ends = [t.intermediate_values[max(t.intermediate_values)] for t in pruned]
    if pruned:
        numbers = [t.number for t in pruned]
        axes.scatter(numbers, ends, s=14, color=LIGHT, edgecolors="#999999", label="pruned")
    losses = [(t.number, t.values[0]) for t in trials if t.state == TrialState.COMPLETE]
    diverged = [number for number, loss in losses if not math.isfinite(loss)]
    losses = [(number, loss) for number, loss in losses if math.isfinite(loss)]
    numbers, finite = [number for number, _ in losses], [loss for _, loss in losses]
    axes.scatter(numbers, finite, s=18, color=COLOURS[0], label="finished")
    for number in diverged:
        label = "diverged" if number == diverged[0] else None
        axes.axvline(number, color=COLOURS[2], lw=0.8, label=label)
    best = np.minimum.accumulate(finite)
    axes.step(numbers, best, where="post", color=COLOURS[1], lw=1.2, label="best")
    axes.set(xlabel="trial", ylabel="validation loss")
    _log_if_wide(axes, finite + ends)
    axes.legend(frameon=False, fontsize=8)
    return figure


def parallel(sweep: Sweep, trials: list[FrozenTrial]) -> Figure:
    """Plot a line for each trial through its hyperparameters to its loss, dark where that is low.

    A gap: the trial does not have the hyperparameter.
    """
    space = _sampled(sweep, trials)
    figure = Figure(figsize=(1.5 * len(space) + 2, 4))
    axes = figure.subplots()
    losses = np.array([trial.values[0] for trial in trials])
    order = losses.argsort()[::-1]
    ranks = np.empty(len(trials))
    ranks[order[::-1]] = np.linspace(0, 1, len(trials))
    colours = _colour_map()(1 - ranks)
    at_loss, ticks = _scaled(list(losses), log=_wide(list(losses)))
    shown = PictureNames(sweep)
    columns = [_column(dimension, trials, shown) for dimension in space]
    for i in order:
        heights = [values[i] for values, _ in columns] + [at_loss[i]]
        axes.plot(range(len(heights)), heights, color=colours[i], lw=1.0, marker=".", ms=3)
    for x, (_, labels) in enumerate([*columns, (at_loss, ticks)]):
        axes.axvline(x, color=INK, lw=0.6)
        for height, text in labels:
            axes.annotate(
                text,
                (x, height),
                xytext=(4, 0),
                textcoords="offset points",
                fontsize=6.5,
                va="center",
                color=INK,
                # Many lines meet at a choice.
                bbox={"facecolor": "white", "alpha": 0.85, "edgecolor": "none", "pad": 0.8},
                zorder=4,
            )
    names = [shown.in_lines(dimension) for dimension in space] + ["validation\nloss"]
    axes.set_xticks(range(len(names)), names, fontsize=7)
    axes.set_yticks([])
    axes.spines[:].set_visible(False)
    return figure


def slices(sweep: Sweep, trials: list[FrozenTrial]) -> Figure:
    """Plot the loss against each hyperparameter."""
    space, names = _sampled(sweep, trials), PictureNames(sweep)
    columns = min(4, len(space))
    rows = -(-len(space) // columns)
    figure = Figure(figsize=(2.6 * columns, 2.4 * rows))
    grid = figure.subplots(rows, columns, squeeze=False, sharey=True)
    for axes in grid.flat[len(space) :]:
        axes.set_axis_off()
    for dimension, axes in zip(space, grid.flat, strict=False):
        having = [trial for trial in trials if dimension.name in trial.params]
        domain = dimension.values
        x = [domain.from_optuna(trial.params[dimension.name]) for trial in having]
        if isinstance(domain, Choices):
            x = [domain.choices.index(choice) for choice in x]
            texts = [names.choices[str(choice)] for choice in domain.choices]
            axes.set_xticks(range(len(texts)), texts, fontsize=7, rotation=20)
        else:
            # The whole range, though few trials are far from the best.
            axes.set_xlim(domain.low, domain.high)
            if domain.log:
                log_scale(axes.xaxis)
            else:
                axes.locator_params("x", nbins=3)
        numbers = [trial.number for trial in having]
        losses = [trial.values[0] for trial in having]
        axes.scatter(x, losses, c=numbers, cmap=COLOUR_MAP, s=14, clip_on=False)
        axes.set_xlabel(names.in_lines(dimension), fontsize=7)
        axes.tick_params(labelsize=6)
        plain(axes)
    _log_if_wide(grid[0, 0], [trial.values[0] for trial in trials])
    figure.supylabel("validation loss; dark dots: late trials", fontsize=8)
    tight(figure)
    return figure


def importances(trials: list[FrozenTrial]) -> dict[str, float]:
    """Return the shares of the loss's variance by hyperparameter (fANOVA, Hutter et al. 2014).

    Only of hyperparameters that every trial has; empty if the trials are too few.
    """
    import optuna
    from optuna.importance import FanovaImportanceEvaluator, get_param_importances

    always = [n for n in trials[0].params if all(n in t.params for t in trials)] if trials else []
    varied = [n for n in always if len({t.params[n] for t in trials}) > 1]
    if len(trials) < 4 or not varied or len({t.values[0] for t in trials}) < 2:
        return {}
    study = optuna.create_study()
    study.add_trials([_of_one_objective(trial) for trial in trials])
    evaluator = FanovaImportanceEvaluator(seed=0)
    return get_param_importances(study, evaluator=evaluator, params=varied)


def bars(shares: dict[str, float]) -> Figure:
    """Plot the shares as bars, the largest on top."""
    figure = Figure(figsize=(5, 0.3 * len(shares) + 0.8))
    axes = figure.subplots()
    names = sorted(shares, key=lambda name: shares[name])
    axes.barh(names, [shares[name] for name in names], color=COLOURS[0])
    axes.set_xlabel("share of the variance of the validation loss")
    axes.tick_params(labelsize=7)
    plain(axes)
    return figure


def intermediate(trials: list[FrozenTrial]) -> Figure:
    """Plot the validation loss of each trial by epoch; trials that ended early end in a cross."""
    figure, axes = _axes()
    reported = [trial for trial in trials if trial.intermediate_values]
    finite = [loss for trial in reported for loss in trial.intermediate_values.values()]
    labelled = set()
    for trial in reported:
        epochs, losses = zip(*sorted(trial.intermediate_values.items()), strict=True)
        status = trial.user_attrs[STATUS]
        label, colour = STATUSES[status]
        axes.plot(epochs, losses, label=None if label in labelled else label, color=colour, lw=0.8)
        labelled.add(label)
        if status != "ok":
            cross = COLOURS[1] if status == "pruned" else colour
            axes.plot(epochs[-1], losses[-1], "x", color=cross, ms=4)
    axes.set(xlabel="epoch", ylabel="validation loss")
    _log_if_wide(axes, finite)
    axes.legend(frameon=False, fontsize=8)
    return figure


def pareto(trials: list[FrozenTrial]) -> Figure:
    """Plot the loss against the number of parameters, and the Pareto front."""
    figure, axes = _axes()
    points = sorted((trial.values[1], trial.values[0]) for trial in trials)
    axes.scatter(*_xy(points), s=16, color="#999999", label="trial")
    front, lowest = [], math.inf
    for size, loss in points:
        if loss < lowest:
            lowest = loss
            front.append((size, loss))
    axes.step(*_xy(front), where="post", color=COLOURS[1], lw=1.2)
    axes.scatter(*_xy(front), s=22, color=COLOURS[1], label="front")
    axes.set(xlabel="parameters", ylabel="validation loss", xscale="log")
    axes.legend(frameon=False, fontsize=8)
    return figure


def _of_one_objective(trial: FrozenTrial) -> FrozenTrial:
    from optuna.trial import create_trial

    return create_trial(
        value=trial.values[0], params=trial.params, distributions=trial.distributions
    )


def _axes() -> tuple[Figure, Axes]:
    figure = Figure(figsize=(7, 3.6))
    axes = figure.subplots()
    plain(axes)
    return figure, axes


def _sampled(sweep: Sweep, trials: list[FrozenTrial]) -> list[Dimension]:
    """Return the dimensions that at least one trial has."""
    return [d for d in dimensions(sweep) if any(d.name in trial.params for trial in trials)]


def _column(
    dimension: Dimension, trials: list[FrozenTrial], names: PictureNames
) -> tuple[list[float], Ticks]:
    """Return the trials' heights in [0, 1], nan where they lack the dimension, and the ticks."""
    name, domain = dimension.name, dimension.values
    if not isinstance(domain, Choices):
        values = [trial.params.get(name, math.nan) for trial in trials]
        return _scaled(values, domain.log, (domain.low, domain.high))
    count = max(1, len(domain.choices) - 1)
    heights = [
        domain.labels.index(trial.params[name]) / count if name in trial.params else math.nan
        for trial in trials
    ]
    return heights, [
        (i / count, names.choices[str(choice)]) for i, choice in enumerate(domain.choices)
    ]


def _scaled(
    values: list[float], log: bool, ends: tuple[float, float] | None = None
) -> tuple[list[float], Ticks]:
    """Scale values to heights in [0, 1] between `ends`, or the lowest and the highest value."""
    low, high = ends or (min(values), max(values))
    scale: Callable[[float], float] = math.log if log else float
    span = scale(high) - scale(low) or 1.0
    heights = [(scale(value) - scale(low)) / span for value in values]
    return heights, [(0.0, f"{low:.4g}"), (1.0, f"{high:.4g}")]


def _wide(values: list[float]) -> bool:
    return min(values) > 0 and max(values) > 10 * min(values)


def _log_if_wide(axes: Axes, values: list[float]) -> None:
    if _wide(values):
        axes.set_yscale("log")


def _xy(points: list[tuple[float, float]]) -> tuple[list[float], list[float]]:
    return [x for x, _ in points], [y for _, y in points]


def _colour_map() -> Callable:
    from matplotlib import colormaps

    return colormaps[COLOUR_MAP]
