"""Stage `prepare`: write raw images as one file, with a data card and a picture."""

import sys

import numpy as np

from aebench.config.params import load_params
from aebench.core import paths
from aebench.core.files import write_json
from aebench.core.progress import note
from aebench.data.card import data_card, examples
from aebench.data.preparation import prepare_data
from aebench.data.prepared import PARTS, Prepared
from aebench.plots.images import image_rows
from aebench.plots.style import save_figure


def prepare(dataset: str) -> None:
    settings = load_params().sets[dataset]
    prepared, found = prepare_data(settings)
    notes = [*found, *of_one_class(prepared, getattr(settings, "group", None) is not None)]
    for remark in notes:
        note(f"aebench: sets.{dataset}: {remark}", sys.stderr)
    prepared.save(paths.prepared(dataset))
    # Its order is that of the file, and its images need no memory any more.
    prepared = Prepared.load(paths.prepared(dataset))

    folder = paths.report(dataset) / "data"
    write_json(folder / "card.json", data_card(prepared, notes))
    save_figure(image_rows(examples(prepared)), folder / "examples.png")


def of_one_class(prepared: Prepared, grouped: bool) -> list[str]:
    """A note for each part of the data whose images are all of one class, of several."""
    if prepared.labels is None:
        return []
    notes = []
    for part, code in PARTS.items():
        classes = np.unique(prepared.labels[prepared.split == code])
        if len(classes) == 1 < len(prepared.classes):
            name, count = prepared.classes[classes[0]], len(prepared.classes)
            why = "; `group` keeps whole groups in one part" if grouped else ""
            which = "training" if part == "train" else part
            notes.append(f"All {which} images are of one of the {count} classes, {name}{why}")
    return notes
