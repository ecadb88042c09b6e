"""A sweep in MLflow: one parent run, its trials nested in it."""

from optuna.trial import FrozenTrial

from aebench.experiments.outcome import Outcome
from aebench.sweeps.driver import TrialResult
from aebench.tracking.entry import Entry
from aebench.tracking.study import StudyTracker

TRIAL = "aebench.trial"


class SweepTracker(StudyTracker):
    """Logs each trial when it has ended; its tag `aebench.trial` says how.

    A pruned trial has not failed: MLflow shows it as finished, its name says that it was pruned.
    """

    def __init__(self, dataset: str, sweep: str, prepared):
        super().__init__(dataset, sweep, kind="sweep")
        self.prepared = prepared

    def told(self, told: TrialResult) -> None:
        self._try(lambda: self._told(told.trial, told.outcome))

    def _told(self, trial: FrozenTrial, outcome: Outcome) -> None:
        label = outcome.cell.label
        if outcome.status != "ok":
            label = f"{label}, {outcome.status}"
        # Its own run is the last of them, those before it are of pretraining.
        spec = outcome.cell.specs(self.prepared)[-1]
        # Two trials may be of the same point.
        cell = outcome.cell.label
        entry = Entry.open(self.client, self.dataset, label, spec, self.parent, cell)
        # What failed may have been tried again since.
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
