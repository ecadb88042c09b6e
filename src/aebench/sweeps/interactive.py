"""Interactive pictures of a sweep: a page, and plotly's script, which all sweeps' pages share."""

from collections.abc import Callable, Sequence
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import optuna
from optuna.distributions import CategoricalDistribution
from optuna.importance import FanovaImportanceEvaluator
from optuna.study import Study
from optuna.trial import TrialState

from aebench.core.files import write_text
from aebench.sweeps.config import Sweep
from aebench.sweeps.dimensions import dimensions
from aebench.sweeps.pictures import importances

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

COLUMNS = 4
SCRIPT = "plotly.min.js"
PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,">
<title>{title}</title>
<style>
body {{ margin: 1rem; font: 16px/1.5 system-ui, sans-serif; }}
body > div {{ max-width: 100%; overflow-x: auto; }}
</style>
<script src="../{script}"></script>
</head>
<body>
<nav><a href="index.html">The sweep</a></nav>
<h1>{title}</h1>
{parts}
</body>
</html>
"""


def draw(sweep: Sweep, study: Study, folder: Path) -> None:
    """Write `interactive.html` to `folder`, and plotly's script to its parent."""
    from plotly.offline import get_plotlyjs

    study = _renamed(study, labels([dimension.name for dimension in dimensions(sweep)]))
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
        figures["pareto"] = lambda: show.plot_pareto_front(
            study, target_names=list(sweep.objectives)
        )
    parts = [
        # Without a given id plotly draws one at random.
        figure().to_html(full_html=False, include_plotlyjs=False, div_id=name)
        for name, figure in figures.items()
    ]
    page = PAGE.format(title=escape(sweep.title), script=SCRIPT, parts="\n".join(parts))
    write_text(folder / "interactive.html", page)
    write_text(folder.parent / SCRIPT, get_plotlyjs())


def labels(names: Sequence[str]) -> dict[str, str]:
    """Shorten the names of dimensions to the ends of their paths that no other path has."""
    paths = {name.partition(" ")[0] for name in names}
    short = {}
    for name in names:
        path, *condition = name.split(" ", 1)
        keys = path.split(".")
        ends = (".".join(keys[-count:]) for count in range(1, len(keys)))
        others = [f".{other}" for other in paths - {path}]
        unique = (end for end in ends if not any(o.endswith(f".{end}") for o in others))
        short[name] = " ".join([next(unique, path), *condition])
    return short


def _renamed(study: Study, names: dict[str, str]) -> Study:
    """Return a copy in memory whose parameters have other names.

    These and their choices are escaped, since plotly takes HTML in its texts.
    """
    copied = optuna.create_study(directions=study.directions)
    for trial in study.get_trials():
        names_of_trial = {name: _escaped(names[name]) for name in trial.params}
        trial.params = {names_of_trial[n]: _escaped(value) for n, value in trial.params.items()}
        trial.distributions = {
            names_of_trial[name]: CategoricalDistribution(list(map(_escaped, d.choices)))
            if isinstance(d, CategoricalDistribution)
            else d
            for name, d in trial.distributions.items()
        }
        copied.add_trial(trial)
    return copied


def _escaped(value: Any) -> Any:
    return escape(value, quote=False) if isinstance(value, str) else value


def _in_rows(figure: "Figure") -> "Figure":
    """Lay out the slices in several rows; Optuna's single row is wider than any page."""
    pairs = list(zip(figure.select_xaxes(), figure.select_yaxes(), strict=True))
    columns = max(1, min(COLUMNS, len(pairs)))
    rows = -(-len(pairs) // columns)
    for i, (x, y) in enumerate(pairs):
        row, column = divmod(i, columns)
        x.domain = [column / columns, (column + 0.88) / columns]
        y.domain = [1 - (row + 0.7) / rows, 1 - row / rows]
        if column == 0:
            y.update(showticklabels=True, title=pairs[0][1].title)
    return figure.update_layout(width=None, height=260 * rows + 180)


def _loss(trial: optuna.trial.FrozenTrial) -> float:
    return trial.values[0]
