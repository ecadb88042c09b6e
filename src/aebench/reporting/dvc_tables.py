"""Tables that `dvc plots` draws."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from aebench.core.files import write_csv
from aebench.training.runs import Run


def write_curves(path: Path, groups: Mapping[str, Sequence[Run]]) -> None:
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


def write_layers(path: Path, layers: Mapping[int, Sequence[Run]]) -> None:
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
