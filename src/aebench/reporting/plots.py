"""Tables that `dvc plots` draws."""

import csv
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from aebench.files import written_whole
from aebench.training.runs import Run


def write_curves(path: Path, groups: Mapping[str, Sequence[Run]]) -> None:
    """Validation loss against epochs: a row an epoch of each run."""
    _write(
        path,
        (
            {
                "run": f"{name}, seed {run.spec.seed}",
                "epoch": int(row["epoch"]),
                "train_loss": row["train_loss"],
                "validation_loss": row["validation_loss"],
            }
            for name, runs in groups.items()
            for run in runs
            for row in run.history
        ),
    )


def write_layers(path: Path, layers: Mapping[int, Sequence[Run]]) -> None:
    """Reconstruction error of the whole net after each added layer."""
    _write(
        path,
        (
            {
                "seed": f"seed {run.spec.seed}",
                "layers": depth,
                "validation_sse_per_image": run.metrics["validation"]["sse_per_image"],
            }
            for depth, runs in layers.items()
            for run in runs
        ),
    )


def _write(path: Path, rows: Iterable[dict[str, Any]]) -> None:
    rows = list(rows)
    with written_whole(path) as temporary, temporary.open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
