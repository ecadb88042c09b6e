"""Static pictures of a sweep."""

import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from optuna.trial import FrozenTrial, TrialState

from aebench.plots.style import COLOURS, INK, LIGHT, log_scale, plain, save_figure
from aebench.sweeps import space
from aebench.sweeps.config import Sweep
from aebench.sweeps.driver import STATUS
from aebench.sweeps.space import Parameter

COLOUR_MAP = "viridis_r"
# What became of a trial, in the picture of losses by epoch.
ENDS = {
    "ok": ("to its end", COLOURS[0]),
    "pruned": ("pruned", "#bbbbbb"),
    "diverged": ("diverged", COLOURS[2]),
    "out of memory": ("out of memory", COLOURS[3]),
    "failed": ("failed", COLOURS[4]),
}


def draw(sweep: Sweep, trials: list[FrozenTrial], folder: Path) -> None:
    """Write the pictures that these trials give to `folder`."""
    finished = [t for t in trials if t.state == TrialState.COMPLETE and math.isfinite(t.values[0])]
    figures: dict[str, Figure] = {}
    if finished:
        figures["history"] = history(trials)
        figures["parallel"] = parallel(sweep, finished)
        figures["slices"] = slices(sweep, finished)
    if shares := importances(finished):
        figures["importances"] = bars(shares)
    if any(trial.intermediate_values for trial in trials):
        figures["intermediate"] = intermediate(trials)
    if len(sweep.objectives) > 1 and finished:
        figures["pareto"] = pareto(finished)
    for name, figure in figures.items():
        save_figure(figure, folder / f"{name}.png")


def history(trials: list[FrozenTrial]) -> Figure:
    """The loss of each trial in their order, and the lowest so far; pruned ones at their last."""
    figure, axes = _one()
    pruned = [t for t in trials if t.state == TrialState.PRUNED and t.intermediate_values]
    ends = [t.intermediate_values[max(t.intermediate_values)] for t in pruned]
    if pruned:
        numbers = [t.number for t in pruned]
        axes.scatter(numbers, ends, s=14, color=LIGHT, ec="#999999", label="pruned")
    losses = [(t.number, t.values[0]) for t in trials if t.state == TrialState.COMPLETE]
    lost = [number for number, loss in losses if not math.isfinite(loss)]
    losses = [(number, loss) for number, loss in losses if math.isfinite(loss)]
    axes.scatter(*zip(*losses, strict=True), s=18, color=COLOURS[0], label="finished")
    for number in lost:
        axes.axvline(
            number, color=COLOURS[2], lw=0.8, label="diverged" if number == lost[0] else None
        )
    best = np.minimum.accumulate([loss for _, loss in losses])
    axes.step([n for n, _ in losses], best, where="post", color=COLOURS[1], lw=1.2, label="best")
    axes.set(xlabel="trial", ylabel="validation loss")
    _log_if_wide(axes, [loss for _, loss in losses] + ends)
    axes.legend(frameon=False, fontsize=8)
    return figure


def parallel(sweep: Sweep, trials: list[FrozenTrial]) -> Figure:
    """A line a trial through its hyperparameters to its loss, dark where that is low.

    A gap: the trial has no such hyperparameter.
    """
    parameters = [
        one for one in space.parameters(sweep) if any(one.name in t.params for t in trials)
    ]
    figure = Figure(figsize=(1.5 * len(parameters) + 2, 4))
    axes = figure.subplots()
    losses = np.array([trial.values[0] for trial in trials])
    order = losses.argsort()[::-1]
    ranks = np.empty(len(trials))
    ranks[order[::-1]] = np.linspace(0, 1, len(trials))
    colours = _colour_map()(1 - ranks)
    at_loss, ticks = _scaled(list(losses), log=_wide(list(losses)))
    columns = [_column(one, trials) for one in parameters]
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
                # Many lines meet where a choice is.
                bbox={"facecolor": "white", "alpha": 0.85, "edgecolor": "none", "pad": 0.8},
                zorder=4,
            )
    names = [_short(one) for one in parameters] + ["validation\nloss"]
    axes.set_xticks(range(len(names)), names, fontsize=7)
    axes.set_yticks([])
    axes.spines[:].set_visible(False)
    return figure


def slices(sweep: Sweep, trials: list[FrozenTrial]) -> Figure:
    """The loss against each hyperparameter."""
    parameters = [
        one for one in space.parameters(sweep) if any(one.name in t.params for t in trials)
    ]
    columns = min(4, len(parameters))
    rows = -(-len(parameters) // columns)
    figure = Figure(figsize=(2.6 * columns, 2.4 * rows))
    grid = figure.subplots(rows, columns, squeeze=False, sharey=True)
    for axes in grid.flat[len(parameters) :]:
        axes.set_axis_off()
    for one, axes in zip(parameters, grid.flat, strict=False):
        there = [trial for trial in trials if one.name in trial.params]
        values = [one.value(trial.params[one.name]) for trial in there]
        if one.hyperparameter.choices is not None:
            values = [one.hyperparameter.choices.index(value) for value in values]
            texts = [str(choice) for choice in one.hyperparameter.choices]
            axes.set_xticks(range(len(texts)), texts, fontsize=7, rotation=20)
        else:
            # All of the range, though few trials were far from the best.
            axes.set_xlim(one.hyperparameter.low, one.hyperparameter.high)
            if one.hyperparameter.log:
                log_scale(axes.xaxis)
            else:
                axes.locator_params("x", nbins=3)
        numbers = [trial.number for trial in there]
        losses = [trial.values[0] for trial in there]
        axes.scatter(values, losses, c=numbers, cmap=COLOUR_MAP, s=14, clip_on=False)
        axes.set_xlabel(_short(one), fontsize=7)
        axes.tick_params(labelsize=6)
        plain(axes)
    _log_if_wide(grid[0, 0], [trial.values[0] for trial in trials])
    figure.supylabel("validation loss; dark dots: late trials", fontsize=8)
    figure.tight_layout()
    return figure


def importances(trials: list[FrozenTrial]) -> dict[str, float]:
    """Shares of the loss's variance that hyperparameters account for (fANOVA, Hutter et al. 2014).

    Of the hyperparameters that every trial has; empty where there are too few trials to tell.
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
    """The shares, the largest on top."""
    figure = Figure(figsize=(5, 0.3 * len(shares) + 0.8))
    axes = figure.subplots()
    names = sorted(shares, key=lambda name: shares[name])
    axes.barh(names, [shares[name] for name in names], color=COLOURS[0])
    axes.set_xlabel("share of the variance of the validation loss")
    axes.tick_params(labelsize=7)
    plain(axes)
    return figure


def intermediate(trials: list[FrozenTrial]) -> Figure:
    """The validation loss of each trial by epoch; those cut short end in a cross."""
    figure, axes = _one()
    reported = [trial for trial in trials if trial.intermediate_values]
    finite = [loss for trial in reported for loss in trial.intermediate_values.values()]
    seen = set()
    for trial in reported:
        epochs, losses = zip(*sorted(trial.intermediate_values.items()), strict=True)
        status = trial.user_attrs[STATUS]
        label, colour = ENDS[status]
        axes.plot(epochs, losses, label=None if label in seen else label, color=colour, lw=0.8)
        seen.add(label)
        if status != "ok":
            cross = COLOURS[1] if status == "pruned" else colour
            axes.plot(epochs[-1], losses[-1], "x", color=cross, ms=4)
    axes.set(xlabel="epoch", ylabel="validation loss")
    _log_if_wide(axes, finite)
    axes.legend(frameon=False, fontsize=8)
    return figure


def pareto(trials: list[FrozenTrial]) -> Figure:
    """Loss against the number of parameters, and the trials that none is better than in both."""
    figure, axes = _one()
    points = sorted((trial.values[1], trial.values[0]) for trial in trials)
    axes.scatter(*zip(*points, strict=True), s=16, color="#999999", label="trial")
    front, lowest = [], math.inf
    for size, loss in points:
        if loss < lowest:
            lowest = loss
            front.append((size, loss))
    axes.step(*zip(*front, strict=True), where="post", color=COLOURS[1], lw=1.2)
    axes.scatter(*zip(*front, strict=True), s=22, color=COLOURS[1], label="front")
    axes.set(xlabel="parameters", ylabel="validation loss", xscale="log")
    axes.legend(frameon=False, fontsize=8)
    return figure


def _of_one_objective(trial: FrozenTrial) -> FrozenTrial:
    from optuna.trial import create_trial

    return create_trial(
        value=trial.values[0], params=trial.params, distributions=trial.distributions
    )


def _one() -> tuple[Figure, Axes]:
    figure = Figure(figsize=(7, 3.6))
    axes = figure.subplots()
    plain(axes)
    return figure, axes


def _column(one: Parameter, trials: list[FrozenTrial]) -> tuple[list[float], list[tuple]]:
    """Heights in [0, 1], nan where a trial lacks the hyperparameter, and the labels with theirs."""
    there = [t.params.get(one.name) if one.name in t.params else math.nan for t in trials]
    if one.hyperparameter.choices is None:
        return _scaled(
            there, one.hyperparameter.log, (one.hyperparameter.low, one.hyperparameter.high)
        )
    count = max(1, len(one.hyperparameter.choices) - 1)
    heights = [
        one.hyperparameter.choices.index(one.value(t.params[one.name])) / count
        if one.name in t.params
        else math.nan
        for t in trials
    ]
    return heights, [
        (i / count, str(choice)) for i, choice in enumerate(one.hyperparameter.choices)
    ]


def _scaled(
    values: list[float], log: bool, ends: tuple[float, float] | None = None
) -> tuple[list[float], list[tuple[float, str]]]:
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


def _short(one: Parameter) -> str:
    """`training.optimizer.lr (muon)` in lines that fit below an axis."""
    path, _, condition = one.name.partition(" ")
    return "\n".join(part for part in (*path.split(".")[-2:], condition) if part)


def _colour_map() -> Callable:
    from matplotlib import colormaps

    return colormaps[COLOUR_MAP]
