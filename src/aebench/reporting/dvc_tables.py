"""Tables that `dvc plots` draws."""

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from aebench.core.files import write_csv

if TYPE_CHECKING:
    from aebench.training.runs import Run


def write_curves(path: Path, groups: Mapping[str, Sequence["Run"]]) -> None:
    """Losses against epochs: a row for each epoch of each run."""
    write_csv(
        path,
        [
            {
                "run": f"{name}, seed {run.spec.seed}",
                "epoch": int(row["epoch"]),
                "train_loss": row["train_loss"],
                "validation_loss": row["validation_loss"],
            }
            for name, runs in groups.items()
            for run in runs
            for row in run.history
        ],
    )


def read_curves(path: Path) -> dict[str, list[list[float]]]:
    """The validation losses that `write_curves` wrote: of each epoch, of each seed, by group."""
    seeds: dict[str, list[float]] = {}
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            seeds.setdefault(row["run"], []).append(float(row["validation_loss"]))
    groups: dict[str, list[list[float]]] = {}
    for run, losses in seeds.items():
        groups.setdefault(run.partition(",")[0], []).append(losses)
    return groups


def write_layers(path: Path, layers: Mapping[int, Sequence["Run"]]) -> None:
    """Reconstruction error of the whole net after each added layer; no rows without layers."""
    write_csv(
        path,
        [
            {
                "seed": f"seed {run.spec.seed}",
                "layers": depth,
                "validation_sse_per_image": run.metrics["validation"]["sse_per_image"],
            }
            for depth, runs in layers.items()
            for run in runs
        ],
        columns=("seed", "layers", "validation_sse_per_image"),
    )
