"""A sweep's own page: the selection, the winner's settings, and the pictures."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from optuna.trial import FrozenTrial, TrialState

from aebench.core.overrides import flatten
from aebench.reporting import html, markdown
from aebench.reporting.glossary import readable
from aebench.reporting.index_page import write_index
from aebench.reporting.jinja import render_markdown
from aebench.reporting.markdown import Markdown, escape
from aebench.reporting.numbers import effect, number
from aebench.sweeps.border import at_border
from aebench.sweeps.config import Sweep
from aebench.sweeps.names import PictureNames
from aebench.sweeps.selection import DEFAULTS, Candidate, Row

CAPTIONS = {
    "history": "The loss of each trial in order, and the lowest so far",
    "slices": "The loss against each setting; dark dots are late trials",
    "parallel": "A line for each trial through its settings to its loss, dark where that is low; "
    "below the values where the trial does not have the setting",
    "importances": "Share of the loss's variance that each setting accounts for (fANOVA), among "
    "the settings that all trials have; says little of regions with few trials",
    "intermediate": "Validation loss of each trial over its epochs; that with the lowest loss "
    "stands out",
    "pareto": "All trials, and the front of those that no other trial beats in both objectives",
}
# Name of a table beside the page -> its rows.
TABLES = {
    "trials": "all trials",
    "selection": "the best of them and the defaults, with fresh seeds",
    "comparison": "the sweep with other seeds, random search, and the sweep without pruning",
}


def write_page(
    sweep: Sweep,
    dataset: str,
    trials: Sequence[FrozenTrial],
    winner: Candidate,
    rows: Sequence[Row],
    folder: Path,
) -> None:
    """Write `index.md` and `.html` to `folder`, where the pictures and tables are."""
    text = render_markdown(
        "aebench.sweeps",
        "sweep.md.j2",
        sweep=sweep,
        dataset=dataset,
        trials=len(trials),
        pruned=sum(trial.state == TrialState.PRUNED for trial in trials),
        selection=_selection(sweep, rows),
        settings=_settings(sweep, winner),
        at_border=at_border(sweep, trials, winner.overrides),
        names=PictureNames(sweep).others(),
        pictures=_beside(folder, CAPTIONS, ".png"),
        tables=_beside(folder, TABLES, ".csv"),
    )
    html.write_page(folder / "index.md", text, {"All results": "../../../index.html"})
    write_index()


def _beside(folder: Path, texts: dict[str, str], ending: str) -> dict[str, str]:
    """Those of the files with a text that are there."""
    return {name: text for name, text in texts.items() if (folder / f"{name}{ending}").exists()}


def _selection(sweep: Sweep, rows: Sequence[Row]) -> str:
    test = f"test_{sweep.selection.metric}"
    table = []
    for row in rows:
        name = row["settings"]
        if row["chosen"]:
            name = Markdown(f"**{escape(name)}**")
        cells = [name, str(row["seeds"])]
        for metric in ("validation", test):
            cells += [_number(row[metric]), _difference(row, metric)]
        table.append(cells)
    columns = ["settings", "seeds", "validation loss", "difference", readable(test), "difference"]
    return markdown.table(columns, range(1, len(columns)), table)


def _settings(sweep: Sweep, winner: Candidate) -> str:
    if winner.name == DEFAULTS:
        return "The recipe itself: no trial was better with fresh seeds."
    recipe = flatten(sweep.recipe.model_dump(mode="json"))
    rows = [
        [path, _text(recipe.get(path)), _text(winner.overrides.get(path))] for path in sweep.space
    ]
    return markdown.table(["setting", "defaults", winner.name], (), rows)


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def _number(value: float | str) -> str:
    return "" if isinstance(value, str) else number(value)


def _difference(row: Row, metric: str) -> str:
    if row[f"{metric}_difference"] == "":
        return ""
    low, high = row[f"{metric}_low"], row[f"{metric}_high"]
    interval = None if low == "" else (low, high)
    return effect(
        {"effect": row[f"{metric}_difference"], "interval": interval, "seeds": row["seeds"]}
    )
