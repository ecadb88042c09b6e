"""Static pictures of a sweep: what its trials are, for `plots.trials`."""

import math
from pathlib import Path

from matplotlib.figure import Figure
from optuna.trial import FrozenTrial, TrialState

from aebench.core.files import remove
from aebench.plots import trials as plots
from aebench.plots.style import save_figure
from aebench.sweeps.config import Sweep
from aebench.sweeps.dimensions import Dimension, dimensions
from aebench.sweeps.driver import STATUS
from aebench.sweeps.names import PictureNames
from aebench.sweeps.values import Choices


def draw(sweep: Sweep, trials: list[FrozenTrial], folder: Path) -> None:
    """Write the pictures that can be drawn from these trials to `folder`."""
    finished = [t for t in trials if t.state == TrialState.COMPLETE and math.isfinite(t.values[0])]
    figures: dict[str, Figure] = {}
    if finished:
        figures["history"] = history(trials)
        figures["parallel"] = parallel(sweep, finished)
        figures["slices"] = slices(sweep, finished)
    if shares := importances(finished):
        names = PictureNames(sweep).whole
        sampled = [dimension.name for dimension in _sampled(sweep, finished)]
        partly = [n for n in sampled if any(n not in trial.params for trial in finished)]
        figures["importances"] = plots.shares(
            {names[name]: share for name, share in shares.items()}, [names[n] for n in partly]
        )
    if any(trial.intermediate_values for trial in trials):
        figures["intermediate"] = intermediate(trials)
    if len(sweep.objectives) > 1 and finished:
        losses, sizes = zip(*(trial.values for trial in finished), strict=True)
        figures["pareto"] = plots.pareto(sizes, losses)
    # The page shows what there is.
    remove(folder, "*.png")
    for name, figure in figures.items():
        save_figure(figure, folder / f"{name}.png")


def history(trials: list[FrozenTrial]) -> Figure:
    """Plot the loss of each trial, of a pruned one at its last epoch, and the lowest so far."""
    pruned = [t for t in trials if t.state == TrialState.PRUNED and t.intermediate_values]
    ended = {t.number: t.values[0] for t in trials if t.state == TrialState.COMPLETE}
    return plots.history(
        {number: loss for number, loss in ended.items() if math.isfinite(loss)},
        {t.number: t.intermediate_values[max(t.intermediate_values)] for t in pruned},
        [number for number, loss in ended.items() if not math.isfinite(loss)],
    )


def parallel(sweep: Sweep, trials: list[FrozenTrial]) -> Figure:
    """Plot a line for each trial through its hyperparameters to its loss."""
    return plots.parallel(_settings(sweep, trials), [trial.values[0] for trial in trials])


def slices(sweep: Sweep, trials: list[FrozenTrial]) -> Figure:
    """Plot the loss against each hyperparameter."""
    losses = [trial.values[0] for trial in trials]
    return plots.slices(_settings(sweep, trials), losses, [trial.number for trial in trials])


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


def intermediate(trials: list[FrozenTrial]) -> Figure:
    """Plot the validation loss of each trial by epoch; trials that ended early end in a cross."""
    shown = [trial for trial in trials if trial.intermediate_values]
    reported = []
    for trial in shown:
        status = trial.user_attrs[STATUS]
        end = "to its end" if status == "ok" else status
        reported.append((end, dict(sorted(trial.intermediate_values.items()))))
    finished = [i for i, (end, _) in enumerate(reported) if end == "to its end"]
    best = min(finished, key=lambda i: shown[i].values[0], default=None)
    return plots.by_epoch(reported, best)


def _of_one_objective(trial: FrozenTrial) -> FrozenTrial:
    from optuna.trial import create_trial

    return create_trial(
        value=trial.values[0], params=trial.params, distributions=trial.distributions
    )


def _sampled(sweep: Sweep, trials: list[FrozenTrial]) -> list[Dimension]:
    """Return the dimensions that at least one trial has."""
    return [d for d in dimensions(sweep) if any(d.name in trial.params for trial in trials)]


def _settings(sweep: Sweep, trials: list[FrozenTrial]) -> list[plots.Setting]:
    names = PictureNames(sweep)
    return [_setting(dimension, trials, names) for dimension in _sampled(sweep, trials)]


def _setting(dimension: Dimension, trials: list[FrozenTrial], names: PictureNames) -> plots.Setting:
    values, name, label = dimension.values, dimension.name, names.in_lines(dimension)
    given = [trial.params.get(name, math.nan) for trial in trials]
    if not isinstance(values, Choices):
        return plots.Setting(label, given, values.low, values.high, values.log)
    indices = [
        values.labels.index(trial.params[name]) if name in trial.params else math.nan
        for trial in trials
    ]
    choices = [names.choices[str(choice)] for choice in values.choices]
    return plots.Setting(label, indices, 0, len(choices) - 1, choices=choices)
