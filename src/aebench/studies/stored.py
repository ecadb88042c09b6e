"""What a study leaves in its folder, apart from pictures: all that its page is written from."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydantic import Field

from aebench.core import paths
from aebench.core.errors import InputError
from aebench.core.files import Row, read_csv, read_json, write_json
from aebench.core.schema import Section, parse
from aebench.reporting.published import Published
from aebench.studies import grid, tuning_table
from aebench.studies.config import Study, Topic
from aebench.studies.more_training import falling, gaining
from aebench.studies.pictures.names import PictureNames


class Statement(Section):
    """`study.json`: what was asked, as the study's file said it when its results were made.

    `splits`: `given`, or `by seed`. `cells`: the digest of the grid. `falling`, `gaining`: places
    that more training would change. `names`: label in the pictures -> name, where they differ.
    `trials`: of each tuned level, if any, in each of the `rounds`.
    """

    topic: Topic | None
    title: str
    question: str
    seeds: list[int]
    splits: str
    trials: int | None
    rounds: int = 1
    axes: list[str]
    results: list[str]
    published: list[Published]
    cells: str | None
    falling: list[str] = Field(default_factory=list)
    gaining: list[str] = Field(default_factory=list)
    names: dict[str, str] = Field(default_factory=dict)


def state(
    study: Study,
    rows: Sequence[Row],
    tuning: Sequence[Row],
    classes: Sequence[str],
    folder: Path,
) -> None:
    """Write the `study.json` of results with these rows and trials, of data with these classes."""
    one = Statement(
        **study.model_dump(
            include={"topic", "title", "question", "seeds", "splits", "results", "published"}
        ),
        trials=study.tune.trials if study.tune else None,
        rounds=tuning_table.rounds(tuning),
        axes=list(study.axes),
        cells=grid.digest(study),
        falling=falling(study, rows),
        gaining=gaining(study, rows),
        names=PictureNames(study).others(classes),
    )
    write_json(folder / "study.json", one.model_dump(mode="json"))


def statement(dataset: str, name: str) -> Statement:
    """Read a study's `study.json`; raises InputError for one of another version."""
    path = paths.study(dataset, name) / "study.json"
    try:
        return parse(Statement, read_json(path), str(path))
    except InputError as error:
        raise InputError(f"{error}; `aebench claims {dataset} --judge` writes it anew") from None


def stored_rows(path: Path) -> list[Row]:
    """A study's table; numbers are text, but for seeds and counts. Empty without the file."""
    if not path.exists():
        return []
    return [_typed(row) for row in read_csv(path)]


def _typed(row: dict[str, str]) -> Row:
    typed: dict[str, Any] = dict(row)
    for name in ("seed", "evaluations"):
        if typed.get(name):
            typed[name] = int(typed[name])
    return typed
