"""The pipeline's files, relative to the project's folder."""

from pathlib import Path

PARAMS = Path("params.yaml")
# People's own images, on which all data sets depend.
OWN = Path("own")


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
