"""The one driver of a sweep: asks Optuna for trials, has them trained, tells what they came to."""

import hashlib
import json
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import optuna
from optuna.trial import FrozenTrial, Trial, TrialState
from sqlalchemy.exc import SQLAlchemyError

from aebench.core.errors import InputError
from aebench.data.prepared import Prepared
from aebench.experiments.cell import Cell
from aebench.experiments.outcome import Outcome
from aebench.models.base import Model
from aebench.nets import parameters
from aebench.sweeps import samplers, space
from aebench.sweeps.config import Sweep
from aebench.sweeps.pool import Judge
from aebench.sweeps.pruners import pruner
from aebench.training.runs import RunStore

STATUS, REASON, RUNS = "status", "reason", "runs"
DIALECTS = "sqlite:///FILE, postgresql+psycopg://..., journal:FILE"


def default_storage() -> str:
    """A file in the run store: one for all sweeps."""
    return f"sqlite:///{RunStore().root / 'sweeps.sqlite'}"


def open_storage(url: str) -> optuna.storages.BaseStorage:
    """Optuna's storage at `url`; raises InputError where it cannot be used."""
    kind, _, path = url.partition(":")
    try:
        if kind == "journal":
            from optuna.storages.journal import JournalFileBackend

            return optuna.storages.JournalStorage(JournalFileBackend(path))
        if kind == "sqlite":
            RunStore().root.mkdir(parents=True, exist_ok=True)
        return optuna.storages.RDBStorage(url)
    except (SQLAlchemyError, ImportError, ValueError, OSError) as error:
        reason = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
        raise InputError(f"--storage {url}: {reason}; allowed: {DIALECTS}") from None


def study_name(sweep: Sweep, name: str, dataset: str, prepared: Prepared) -> str:
    """With a hash of what its trials depend on, except code: a changed sweep is another one.

    Not of their number, nor of the selection, so that both can grow.
    """
    left_out = {"title", "trials", "selection", "applies_to"}
    made_of = {key: value for key, value in sweep.identity().items() if key not in left_out}
    names = [one.name for one in space.parameters(sweep)]
    text = json.dumps([made_of, names, prepared.checksum], sort_keys=True)
    return f"{dataset} {name} {hashlib.sha256(text.encode()).hexdigest()[:8]}"


@dataclass(frozen=True)
class TrialResult:
    """A trial that has come to its end."""

    trial: FrozenTrial
    outcome: Outcome


@dataclass
class Running:
    """A trial under way; `reported` is the last epoch that it has told of.

    It may be ended after an epoch that is later than `first` and earlier than `last`.
    """

    trial: Trial
    cell: Cell
    reported: int
    first: int
    last: int


class Driver:
    """Optuna's study of a sweep, and the loop around it.

    Only one process may drive a study. With one trial at a time, everything that is asked follows
    from the sweep and what was told before, so that a sweep that was killed goes on to the same
    trials; with several, the order in which they end decides what is known when the next is asked.
    """

    def __init__(self, sweep: Sweep, name: str, prepared: Prepared, storage: str):
        samplers.quieten()
        self.sweep, self.prepared = sweep, prepared
        self.space = space.parameters(sweep)
        self.start = space.start(sweep)
        self.points = samplers.grid_points(sweep)
        defaults = space.cell(sweep, {}, {}, sweep.seed)
        self.study = optuna.create_study(
            storage=open_storage(storage),
            study_name=name,
            load_if_exists=True,
            directions=["minimize"] * len(sweep.objectives),
            sampler=self._sampler(0),
            pruner=pruner(sweep, space.epochs(defaults)),
        )
        self.total = len(self.points) or sweep.trials
        self.running: dict[int, Running] = {}

    @property
    def finished(self) -> list[FrozenTrial]:
        """The sweep's trials that have ended, by number."""
        trials = self.study.get_trials(deepcopy=False)[: self.total]
        return [trial for trial in trials if trial.state.is_finished()]

    @property
    def best(self) -> list[FrozenTrial]:
        """Those with a finite validation loss that came to their end, the lowest loss first."""
        complete = [t for t in self.finished if t.state == TrialState.COMPLETE]
        finite = [trial for trial in complete if math.isfinite(trial.values[0])]
        return sorted(finite, key=lambda trial: (trial.values[0], trial.number))

    def run(self, pool: Callable[[Judge], object]) -> Iterator[TrialResult]:
        """Do what is left of the sweep; each trial when it has ended."""
        trials = self.study.get_trials(deepcopy=False)
        # Left by a driver that was killed.
        left = [one for one in trials[: self.total] if one.state == TrialState.RUNNING]
        asked = len(trials)
        with pool(self.judge) as workers:
            while True:
                while workers.free and (left or asked < self.total):
                    if left:
                        number = self._take_over(left.pop(0))
                    else:
                        number = self._ask(asked)
                        asked += 1
                    workers.submit(number, self.running[number].cell)
                if not self.running:
                    return
                yield self._tell(*workers.next())

    def judge(self, number: int, epoch: int, loss: float) -> bool:
        """Note an epoch of a trial; whether to end it.

        What takes over a trial asks again about epochs that were reported before. But for the last
        of them the answer is known: the trial has gone on.
        """
        running = self.running[number]
        if len(self.sweep.objectives) > 1 or not math.isfinite(loss) or epoch < running.reported:
            return False
        if epoch > running.reported:
            running.trial.report(loss, epoch)
            running.reported = epoch
        return running.first < epoch < running.last and running.trial.should_prune()

    def _sampler(self, number: int) -> optuna.samplers.BaseSampler:
        return samplers.sampler(self.sweep, number, self.start, self.points)

    def _ask(self, number: int) -> int:
        self.study.sampler = self._sampler(number)
        return self._begin(self.study.ask(), reported=0)

    def _take_over(self, frozen: FrozenTrial) -> int:
        self.study.sampler = self._sampler(frozen.number)
        reported = max(frozen.intermediate_values, default=0)
        return self._begin(Trial(self.study, frozen._trial_id), reported)

    def _begin(self, trial: Trial, reported: int) -> int:
        """At the point that the sampler chooses, or had chosen before the trial was cut off."""
        overrides = space.suggest(self.space, trial)
        cell = space.cell(self.sweep, {"trial": trial.number}, overrides, self.sweep.seed)
        # While the KL term's weight rises, the bound says little about where it will end.
        first = getattr(cell.recipe.objective, "kl_warmup", 0)
        last = space.epochs(cell)
        self.running[trial.number] = Running(trial, cell, reported, first, last)
        return trial.number

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
                # A full disk or a bug, no fault of the point: left as it is, so that the next
                # driver takes it over and tries it once more.
                pass
            case "failed":
                self.study.tell(trial, state=TrialState.FAIL)
            case _:
                # As bad as can be, which samplers avoid; a failed trial they would overlook.
                self.study.tell(trial, self._values(outcome, math.inf))
        return TrialResult(self.study.get_trials(deepcopy=False)[number], outcome)

    def _values(self, outcome: Outcome, loss: float) -> list[float]:
        values = [loss]
        if len(self.sweep.objectives) > 1:
            values.append(self.parameters(outcome.cell.recipe.model))
        return values

    def parameters(self, model: Model) -> int:
        """How many numbers a model learns."""
        return parameters(model.build(self.prepared.image_shape))
