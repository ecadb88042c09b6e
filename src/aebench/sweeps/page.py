"""`results.md` of a sweep: the selection, the winner's settings, and the pictures."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from optuna.trial import FrozenTrial, TrialState

from aebench.core.files import write_text
from aebench.core.overrides import flatten
from aebench.reporting import markdown
from aebench.reporting.glossary import readable
from aebench.reporting.numbers import effect, number
from aebench.sweeps.config import Sweep
from aebench.sweeps.selection import DEFAULTS, Candidate, Row

CAPTIONS = {
    "history": "The loss of each trial in order, and the lowest so far",
    "slices": "The loss against each setting; dark dots are late trials",
    "parallel": "A line for each trial through its settings to its loss, dark where that is low; a "
    "gap: the trial does not have the setting",
    "importances": "Share of the loss's variance that each setting accounts for (fANOVA), among "
    "the settings that all trials have; says little of regions with few trials",
    "intermediate": "Validation loss of each trial over its epochs",
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
    """Write the page to `folder`, where the pictures and tables are."""
    parts = [f"# {sweep.title}: {dataset}", _summary(sweep, trials), _selection(sweep, rows)]
    parts += ["## The winner", _settings(sweep, winner)]
    for name, caption in CAPTIONS.items():
        if (folder / f"{name}.png").exists():
            parts.append(f"![{caption}]({name}.png)\n\n*{caption}.*")
    tables = [
        f"[{name}.csv]({name}.csv): {rows_of}"
        for name, rows_of in TABLES.items()
        if (folder / f"{name}.csv").exists()
    ]
    parts.append(
        f"{'; '.join(tables)}. Interactive pictures: [interactive.html](interactive.html)."
    )
    write_text(folder / "results.md", "\n\n".join(parts) + "\n")


def _summary(sweep: Sweep, trials: Sequence[FrozenTrial]) -> str:
    pruned = sum(trial.state == TrialState.PRUNED for trial in trials)
    selection = sweep.selection
    return (
        f"{len(trials)} trials ({sweep.sampler.name}, pruner {sweep.pruner.name}, seed "
        f"{sweep.seed}), {pruned} of them pruned. The best {selection.best} and the recipe itself, "
        f"the defaults, were then trained with {len(selection.seeds)} seeds that are not the "
        "search's. The lowest mean validation loss wins; the test images are used for the winner "
        "and the defaults alone. Differences are to the defaults with the same seed, with their "
        "95 % interval, which does not account for the winner being chosen among several."
    )


def _selection(sweep: Sweep, rows: Sequence[Row]) -> str:
    test = f"test_{sweep.selection.metric}"
    table = []
    for row in rows:
        name = f"**{row['settings']}**" if row["chosen"] else row["settings"]
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
