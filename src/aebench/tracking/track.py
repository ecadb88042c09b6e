"""`aebench track`: log all runs of the pipeline to MLflow that are missing or incomplete."""

from pathlib import Path

from aebench.core.errors import InputError
from aebench.core.progress import bar
from aebench.tracking.entry import Entry
from aebench.tracking.pictures import pictures
from aebench.tracking.server import client, failures, reason, tracking_uri
from aebench.training.runs import Run


def track() -> tuple[int, int]:
    """Complete the entry of every run; returns the numbers of completed and of all runs.

    Reads the copies of the stages (`models/<dataset>/<stage>/<label>/`), so that it also tracks
    stages that DVC restored from its cache. A second call adds nothing. Raises InputError where
    MLflow cannot be used.
    """
    folders = sorted(path.parent for path in Path("models").glob("*/*/*/run.json"))
    completed = 0
    try:
        mlflow = client()
        for folder in bar(folders, desc="tracking", unit="run", disable=None):
            dataset, label, run = folder.parts[1], folder.name, Run(folder)
            entry = Entry.open(mlflow, dataset, label, run.spec)
            if not entry.complete:
                entry.finish(run, pictures(dataset, run))
                completed += 1
    except failures() as error:
        raise InputError(f"MLflow at {tracking_uri()}: {reason(error)}") from None
    return completed, len(folders)
