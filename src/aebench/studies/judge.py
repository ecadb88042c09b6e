"""`aebench claims --judge`: claims judged anew from a study's stored table."""

import shlex
import sys

from aebench.core import paths
from aebench.core.errors import InputError
from aebench.core.files import read_json, write_csv, write_json
from aebench.core.progress import bar, note
from aebench.data.prepared import Prepared
from aebench.studies import claims, grid
from aebench.studies.config import load_study
from aebench.studies.floor import add_floor
from aebench.studies.pictures import draw as pictures
from aebench.studies.pictures.names import PictureNames
from aebench.studies.pictures.results import Results
from aebench.studies.stored import state, stored_rows


def judge_all(dataset: str) -> None:
    """Judge all studies of a data set anew that have results.

    Those whose files have changed since are left as they are, and named.
    """
    prepared = Prepared.load(paths.prepared(dataset))
    tables = sorted(paths.study(dataset, "any").parent.glob("*/runs.csv"))
    for table in bar(tables, desc="judge", unit="study", delay=1):
        name = table.parent.name
        if is_of_file(dataset, name):
            judge_again(dataset, name, prepared)
        else:
            again = f"`aebench study {shlex.quote(name)} --dataset {dataset}` makes them again"
            note(f"{table.parent}: results of another studies/{name}.yaml; {again}", sys.stderr)


def is_of_file(dataset: str, name: str) -> bool:
    """Whether a study's results are of the recipes, levels and seeds that its file has now.

    Not where there is no such file, or nothing is said of the results.
    """
    try:
        told = read_json(paths.study(dataset, name) / "study.json").get("cells")
        return told == grid.digest(load_study(name, dataset))
    except (FileNotFoundError, InputError):
        return False


def judge_again(dataset: str, name: str, prepared: Prepared) -> None:
    """Write a study's claims anew, by what its file says now, and what is drawn of its table alone.

    Nothing is trained.
    """
    folder, study = paths.study(dataset, name), load_study(name, dataset)
    rows = stored_rows(folder / "runs.csv")
    cells = {(*cell.levels.values(), cell.seed): cell for cell in grid.cells(study)}
    keys = [(*(row[axis] for axis in study.axes), row["seed"]) for row in rows]
    rows = add_floor(rows, [cells[key] for key in keys], prepared)
    write_csv(folder / "runs.csv", rows)
    tuning = stored_rows(folder / "tuning.csv") if study.tune else []
    state(study, rows, tuning, prepared.classes, folder)
    write_json(folder / "claims.json", claims.judge(study, rows, tuning))
    shown = PictureNames(study).relabelled(Results(study, [], rows, prepared))
    pictures.draw_comparisons(shown, folder)
