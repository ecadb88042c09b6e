"""The pipeline's files, relative to the project's folder."""

import hashlib
from pathlib import Path
from urllib.parse import quote

PARAMS = Path("params.yaml")
# People's own images, on which all data sets depend.
OWN = Path("own")
# Letters that a file's name takes from a text of people's; file systems allow 255 bytes in all.
LONGEST_NAME = 100


def prepared(dataset: str) -> Path:
    return Path("data", dataset, "prepared.safetensors")


def stage_runs(dataset: str, stage: str) -> Path:
    """Copies of a stage's runs, one folder per run."""
    return Path("models", dataset, stage)


def model(dataset: str, name: str) -> Path:
    """A finished model's weights; the `.json` beside them describes the model."""
    return Path("models", dataset, f"{name}.safetensors")


def report(dataset: str) -> Path:
    return Path("reports", dataset)


def study(dataset: str, name: str) -> Path:
    return report(dataset) / "studies" / name


def sweep(dataset: str, name: str) -> Path:
    return report(dataset) / "sweep" / name


def file_name(text: str) -> str:
    """The text as part of a file's name on any system: what is no letter or digit as `%2F`.

    It leads to no other folder. Of a long text the beginning, and a hash of all of it.
    """
    name = quote(text, safe=" ", errors="replace")
    if len(name) > LONGEST_NAME:
        digest = hashlib.sha256(text.encode(errors="replace")).hexdigest()[:8]
        name = f"{name[:LONGEST_NAME]}-{digest}"
    return name
