"""Interactive pictures of a sweep: one page, and plotly's script beside all sweeps' pages."""

from collections.abc import Callable
from html import escape
from pathlib import Path

import optuna
from optuna.importance import FanovaImportanceEvaluator
from optuna.study import Study
from optuna.trial import TrialState

from aebench.files import write_text
from aebench.sweeps.config import Sweep
from aebench.sweeps.pictures import importances

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
            "slices": lambda: show.plot_slice(study, target=_loss, target_name="validation loss"),
        }
    finite = [trial for trial in complete if trial.values[0] < float("inf")]
    if names := list(importances(sweep, finite)):
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


def _loss(trial: optuna.trial.FrozenTrial) -> float:
    return trial.values[0]
