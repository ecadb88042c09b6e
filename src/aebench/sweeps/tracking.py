"""A sweep in MLflow: a parent run with the trials nested in it."""

from typing import Self

from optuna.trial import FrozenTrial

from aebench.data.prepared import Prepared
from aebench.experiments.outcome import Outcome
from aebench.sweeps.driver import TrialResult
from aebench.tracking.entry import Entry
from aebench.tracking.study import StudyTracker

TRIAL = "aebench.trial"


class SweepTracker(StudyTracker):
    """Logs each trial when it has ended; the tag `aebench.trial` is its status.

    A pruned trial has not failed: MLflow shows it as finished, its name says that it was pruned.
    """

    def __init__(self, dataset: str, sweep: str, prepared: Prepared):
        super().__init__(dataset, sweep, kind="sweep")
        self.prepared = prepared

    def __enter__(self) -> Self:
        super().__enter__()
        return self

    def add_trial(self, result: TrialResult) -> None:
        """Log a trial, or what its entry lacks."""
        self._try(lambda: self._add_trial(result.trial, result.outcome))

    def _add_trial(self, trial: FrozenTrial, outcome: Outcome) -> None:
        label = outcome.cell.label
        if outcome.status != "ok":
            label = f"{label}, {outcome.status}"
        # The last run is the trial's own; those before it are of pretraining.
        spec = outcome.cell.specs(self.prepared)[-1]
        # Two trials may have the same point and so the same run.
        cell = outcome.cell.label
        entry = Entry.open(self.client, self.dataset, label, spec, self.parent, cell)
        # A trial that failed may have been tried again since.
        self.client.update_run(entry.id, name=label)
        self.client.set_tag(entry.id, TRIAL, outcome.status)
        if outcome.status == "ok":
            entry.finish(outcome.trained[-1], {})
            return
        if outcome.reason:
            self.client.set_tag(entry.id, "aebench.reason", outcome.reason[:5000])
        losses = trial.intermediate_values.items()
        entry.log_rows([{"epoch": epoch, "validation_loss": loss} for epoch, loss in losses])
        self.client.set_terminated(entry.id, "FINISHED" if outcome.status == "pruned" else "FAILED")
