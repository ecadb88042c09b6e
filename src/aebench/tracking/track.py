"""`aebench track`: completes in MLflow what is missing of the runs that are there."""

from pathlib import Path

from tqdm import tqdm

from aebench.tracking import entry
from aebench.tracking.server import client
from aebench.training.runs import Run


def track() -> tuple[int, int]:
    """Bring every pipeline run's entry up to date; returns how many were completed, of how many.

    Reads the copies that the stages leave (`models/<dataset>/<stage>/<label>/`), so that stages
    which DVC restored from its cache are tracked too. A second call adds nothing.
    """
    mlflow = client()
    folders = sorted(path.parent for path in Path("models").glob("*/*/*/run.json"))
    completed = 0
    for folder in tqdm(folders, desc="tracking", unit="run", disable=None):
        dataset, label, run = folder.parts[1], folder.name, Run(folder)
        found = entry.open_entry(mlflow, dataset, label, run.spec)
        completed += entry.complete(mlflow, found, dataset, run)
    return completed, len(folders)
