"""The driver of a sweep: asks Optuna for trials, has them trained, and tells Optuna the results."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import optuna
from optuna.trial import FrozenTrial, Trial, TrialState

from aebench.data.prepared import Prepared
from aebench.experiments.cell import Cell
from aebench.experiments.outcome import Outcome
from aebench.models.base import Model
from aebench.nets import parameters
from aebench.sweeps import points, samplers, space
from aebench.sweeps.config import Sweep
from aebench.sweeps.dimensions import dimensions
from aebench.sweeps.pool import Pool, ShouldPrune
from aebench.sweeps.pruners import build_pruner
from aebench.sweeps.storage import open_storage

# User attributes of a trial.
STATUS, REASON, RUNS = "status", "reason", "runs"


@dataclass(frozen=True)
class TrialResult:
    """A trial that has ended, and the outcome of its training."""

    trial: FrozenTrial
    outcome: Outcome


@dataclass
class RunningTrial:
    """`reported` is the last epoch whose loss Optuna has.

    The trial may be pruned only after an epoch between `first` and `last`, both excluded.
    """

    trial: Trial
    cell: Cell
    reported: int
    first: int
    last: int


class Driver:
    """Optuna's study of a sweep, and the loop around it.

    Only one process may drive a study. With one trial at a time, every point and every verdict
    follows from the sweep and the results before it, so that a sweep that was killed resumes with
    the same trials; with several, the order in which they end matters, too.
    """

    def __init__(self, sweep: Sweep, name: str, prepared: Prepared, storage: str):
        samplers.silence_optuna()
        self.sweep, self.prepared = sweep, prepared
        self.space = dimensions(sweep)
        self.start = space.start(sweep)
        self.grid_points = samplers.grid_points(sweep)
        self.storage = open_storage(storage)
        defaults = points.cell(sweep, {}, {}, sweep.seed)
        self.study = optuna.create_study(
            storage=self.storage,
            study_name=name,
            load_if_exists=True,
            directions=["minimize"] * len(sweep.objectives),
            sampler=self._sampler(0),
            pruner=build_pruner(sweep, points.epochs(defaults)),
        )
        self.total = len(self.grid_points) or sweep.trials
        self.running: dict[int, RunningTrial] = {}

    @property
    def finished(self) -> list[FrozenTrial]:
        """The sweep's trials that have ended, by number."""
        trials = self.study.get_trials(deepcopy=False)[: self.total]
        return [trial for trial in trials if trial.state.is_finished()]

    @property
    def beyond(self) -> int:
        """How many trials are there, of a longer search, that this sweep does not count."""
        return max(0, len(self.study.get_trials(deepcopy=False)) - self.total)

    @property
    def best(self) -> list[FrozenTrial]:
        """The complete trials with a finite validation loss, the lowest loss first."""
        complete = [trial for trial in self.finished if trial.state == TrialState.COMPLETE]
        finite = [trial for trial in complete if math.isfinite(trial.values[0])]
        return sorted(finite, key=lambda trial: (trial.values[0], trial.number))

    def run(self, pool: Callable[[ShouldPrune], Pool]) -> Iterator[TrialResult]:
        """Train the trials that are left; yields each when it ends."""
        trials = self.study.get_trials(deepcopy=False)
        # Those that a killed driver has left.
        interrupted = [t for t in trials[: self.total] if t.state == TrialState.RUNNING]
        asked = len(trials)
        with pool(self.should_prune) as workers:
            while True:
                while workers.free and (interrupted or asked < self.total):
                    if interrupted:
                        running = self._resume(interrupted.pop(0))
                    else:
                        running = self._ask(asked)
                        asked += 1
                    workers.submit(running.trial.number, running.cell)
                if not self.running:
                    return
                yield self._tell(*workers.wait())

    def should_prune(self, number: int, epoch: int, loss: float) -> bool:
        """Report a trial's loss after an epoch; returns whether to prune the trial.

        A resumed trial comes again to epochs that were reported before. It was not pruned at those,
        except that the verdict on the last of them may have been lost.
        """
        running = self.running[number]
        if len(self.sweep.objectives) > 1 or not math.isfinite(loss) or epoch < running.reported:
            return False
        if epoch > running.reported:
            running.trial.report(loss, epoch)
            running.reported = epoch
        return running.first < epoch < running.last and running.trial.should_prune()

    def _sampler(self, number: int) -> optuna.samplers.BaseSampler:
        return samplers.build_sampler(self.sweep, number, self.start, self.grid_points)

    def _ask(self, number: int) -> RunningTrial:
        self.study.sampler = self._sampler(number)
        return self._begin(self.study.ask(), reported=0)

    def _resume(self, frozen: FrozenTrial) -> RunningTrial:
        self.study.sampler = self._sampler(frozen.number)
        reported = max(frozen.intermediate_values, default=0)
        study_id = self.storage.get_study_id_from_name(self.study.study_name)
        trial_id = self.storage.get_trial_id_from_study_id_trial_number(study_id, frozen.number)
        return self._begin(Trial(self.study, trial_id), reported)

    def _begin(self, trial: Trial, reported: int) -> RunningTrial:
        """Have the trial's point sampled, as far as that was not done before it was cut off."""
        overrides = space.suggest(self.space, trial)
        cell = points.cell(self.sweep, {"trial": trial.number}, overrides, self.sweep.seed)
        # While the KL term's weight rises, the ELBO says little about its final value.
        first = getattr(cell.recipe.objective, "kl_warmup", 0)
        running = RunningTrial(trial, cell, reported, first, points.epochs(cell))
        self.running[trial.number] = running
        return running

    def _tell(self, number: int, outcome: Outcome) -> TrialResult:
        trial = self.running.pop(number).trial
        tried_before = REASON in trial.user_attrs
        trial.set_user_attr(STATUS, outcome.status)
        trial.set_user_attr(RUNS, outcome.runs)
        trial.set_user_attr(REASON, outcome.reason)
        match outcome.status:
            case "ok":
                self.study.tell(trial, self._values(outcome, outcome.trained[-1].validation_loss))
            case "pruned":
                self.study.tell(trial, state=TrialState.PRUNED)
            case "failed" if not tried_before:
                # A full disk or a bug, not a bad point: the trial stays RUNNING, so that the next
                # driver resumes it and tries it once more.
                pass
            case "failed":
                self.study.tell(trial, state=TrialState.FAIL)
            case _:
                # Samplers avoid the worst loss; failed trials they would ignore.
                self.study.tell(trial, self._values(outcome, math.inf))
        return TrialResult(self.study.get_trials(deepcopy=False)[number], outcome)

    def _values(self, outcome: Outcome, loss: float) -> list[float]:
        values = [loss]
        if len(self.sweep.objectives) > 1:
            values.append(self._parameters(outcome.cell.recipe.model))
        return values

    def _parameters(self, model: Model) -> int:
        return parameters(model.module(self.prepared.image_shape))
