"""`pipeline:vae`, the model that a stage has chosen, or `pipeline:vae/vae-seed-1`, one of its runs.

They are what lies in models/DATASET.
"""

import re
from pathlib import Path

from aebench.commands.named.entry import Entry
from aebench.commands.named.name import Name
from aebench.core import paths
from aebench.core.errors import InputError
from aebench.training.runs import FINISHED, Run

# What the runs of the stages are, by the labels that these give them.
ABOUT = {
    r"layer-(\d+)": r"pretraining of layer \1",
    "finetuned": "trained as a whole after pretraining, or from PCA",
    "scratch": "trained as a whole from a random start",
    "vae": "the VAE",
    "map": "the VAE with two latents, of which the report draws a map",
}


def entries(dataset: str) -> list[Entry]:
    """All models of the pipeline that are there."""
    folder = paths.model(dataset, "").parent
    saved = [
        Entry((path.stem,), path, "the seed with the least validation loss")
        for path in sorted(folder.glob("[!.]*.safetensors"))
    ]
    runs = [record.parent for record in sorted(folder.glob(f"[!.]*/*/{FINISHED}"))]
    return [*saved, *(Entry((run.parent.name, run.name), Run(run), _about(run)) for run in runs)]


def find(name: Name, dataset: str) -> Entry:
    """The model; raises InputError, which lists those that are there."""
    there = {entry.parts: entry for entry in entries(dataset)}
    if name.parts in there:
        return there[name.parts]
    if there:
        allowed = ", ".join(str(name._replace(parts=parts)) for parts in there)
        raise InputError(str(name), "no model of the pipeline", allowed)
    raise InputError(
        f"{name}: not trained; `make repro` with `datasets: [{dataset}]` in params.yaml trains it"
    )


def _about(run: Path) -> str:
    label, _, seed = run.name.rpartition("-seed-")
    for pattern, about in ABOUT.items():
        if match := re.fullmatch(pattern, label):
            return f"{match.expand(about)}, seed {seed}"
    return ""
