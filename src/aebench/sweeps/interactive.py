"""Interactive pictures of a sweep: one page, and plotly's script beside all sweeps' pages."""

from collections.abc import Callable, Sequence
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

import optuna
from optuna.importance import FanovaImportanceEvaluator
from optuna.study import Study
from optuna.trial import TrialState

from aebench.core.files import write_text
from aebench.sweeps import space
from aebench.sweeps.config import Sweep
from aebench.sweeps.pictures import importances

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

# Slices in a row.
ACROSS = 4
SCRIPT = "plotly.min.js"
PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>{title}</title>
<script src="../{script}"></script>
</head>
<body>
<h1>{title}</h1>
{parts}
</body>
</html>
"""


def draw(sweep: Sweep, study: Study, folder: Path) -> None:
    """Write `interactive.html` to `folder`, and the script it shares with others to its parent."""
    from plotly.offline import get_plotlyjs

    study = _labelled(study, labels([one.name for one in space.parameters(sweep)]))
    complete = study.get_trials(deepcopy=False, states=[TrialState.COMPLETE])
    show = optuna.visualization
    figures: dict[str, Callable] = {}
    if complete:
        figures |= {
            "history": lambda: show.plot_optimization_history(
                study, target=_loss, target_name="validation loss"
            ),
            "parallel": lambda: show.plot_parallel_coordinate(
                study, target=_loss, target_name="validation loss"
            ),
            "slices": lambda: _in_rows(
                show.plot_slice(study, target=_loss, target_name="validation loss")
            ),
        }
    finite = [trial for trial in complete if trial.values[0] < float("inf")]
    if names := list(importances(finite)):
        figures["importances"] = lambda: show.plot_param_importances(
            study,
            evaluator=FanovaImportanceEvaluator(seed=0),
            params=names,
            target=_loss,
            target_name="validation loss",
        )
    if len(sweep.objectives) == 1:
        figures["intermediate"] = lambda: show.plot_intermediate_values(study)
    elif complete:
        figures["pareto"] = lambda: show.plot_pareto_front(study, target_names=sweep.objectives)
    parts = [
        # Without an id of ours plotly draws one by chance.
        figure().to_html(full_html=False, include_plotlyjs=False, div_id=name)
        for name, figure in figures.items()
    ]
    page = PAGE.format(title=escape(sweep.title), script=SCRIPT, parts="\n".join(parts))
    write_text(folder / "interactive.html", page)
    write_text(folder.parent / SCRIPT, get_plotlyjs())


def labels(names: Sequence[str]) -> dict[str, str]:
    """Shorten the parameters' names: of each path, the shortest end that no other one has."""
    paths = {name.partition(" ")[0] for name in names}
    short = {}
    for name in names:
        path, *condition = name.split(" ", 1)
        keys = path.split(".")
        ends = (".".join(keys[-count:]) for count in range(1, len(keys)))
        others = [f".{other}" for other in paths - {path}]
        own = (end for end in ends if not any(one.endswith(f".{end}") for one in others))
        short[name] = " ".join([next(own, path), *condition])
    return short


def _labelled(study: Study, names: dict[str, str]) -> Study:
    """A copy in memory whose parameters are called by other names."""
    copied = optuna.create_study(directions=study.directions)
    for trial in study.get_trials():
        trial.params = {names[name]: value for name, value in trial.params.items()}
        trial.distributions = {names[name]: one for name, one in trial.distributions.items()}
        copied.add_trial(trial)
    return copied


def _in_rows(figure: "Figure") -> "Figure":
    """Optuna puts all slices into one row, wider than any page; here it is several."""
    pairs = list(zip(figure.select_xaxes(), figure.select_yaxes(), strict=True))
    across = max(1, min(ACROSS, len(pairs)))
    rows = -(-len(pairs) // across)
    for i, (x, y) in enumerate(pairs):
        row, column = divmod(i, across)
        x.domain = [column / across, (column + 0.88) / across]
        y.domain = [1 - (row + 0.7) / rows, 1 - row / rows]
        if column == 0:
            y.update(showticklabels=True, title=pairs[0][1].title)
    return figure.update_layout(width=None, height=260 * rows + 180)


def _loss(trial: optuna.trial.FrozenTrial) -> float:
    return trial.values[0]
