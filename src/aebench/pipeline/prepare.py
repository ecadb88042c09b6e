"""Stage `prepare`: write raw images as one file, with a data card and a picture."""

import sys

from aebench.config.params import load_params
from aebench.core import paths
from aebench.core.files import write_json
from aebench.core.progress import note
from aebench.data.card import data_card, examples
from aebench.data.preparation import prepare_data
from aebench.data.prepared import Prepared
from aebench.plots.images import image_rows
from aebench.plots.style import save_figure


def prepare(dataset: str) -> None:
    prepared, notes = prepare_data(load_params().sets[dataset])
    for remark in notes:
        note(f"aebench: sets.{dataset}: {remark}", sys.stderr)
    prepared.save(paths.prepared(dataset))
    # Its order is that of the file, and its images need no memory any more.
    prepared = Prepared.load(paths.prepared(dataset))

    folder = paths.report(dataset) / "data"
    write_json(folder / "card.json", data_card(prepared, notes))
    save_figure(image_rows(examples(prepared)), folder / "examples.png")
