"""Which trials end early: Optuna's pruners, built from the config. Steps are epochs, from 1."""

from typing import TYPE_CHECKING

from optuna.pruners import BasePruner, HyperbandPruner, MedianPruner, NopPruner

from aebench.sweeps.config import Hyperband, Median, Sweep

if TYPE_CHECKING:
    from optuna.study import Study
    from optuna.trial import FrozenTrial


class StatelessHyperband(HyperbandPruner):
    """Asynchronous successive halvings in Hyperband's brackets, from the reported losses alone.

    Optuna's own marks in its storage where it has been asked; if the driver dies between the mark
    and the verdict, the verdict is lost, and the trial goes on when it is taken over.
    """

    def __init__(self, given: Hyperband, epochs: int):
        super().__init__(given.least, epochs, given.factor)
        self.least, self.factor = given.least, given.factor
        # Optuna's does it at the first report, and until then samplers see the trials of all
        # brackets: a driver that goes on would ask for other points. The study is not looked at.
        self._try_initialization(None)

    def prune(self, study: "Study", trial: "FrozenTrial") -> bool:
        bracket, epoch = self._get_bracket_id(study, trial), trial.last_step
        if not self._is_rung(epoch, bracket):
            return False
        losses = sorted(
            other.intermediate_values[epoch]
            for other in study.get_trials(deepcopy=False)
            if epoch in other.intermediate_values and self._get_bracket_id(study, other) == bracket
        )
        # The best 1 / factor go on, the very best in any case.
        return trial.intermediate_values[epoch] > losses[max(1, len(losses) // self.factor) - 1]

    def _is_rung(self, epoch: int, bracket: int) -> bool:
        rung = self.least * self.factor**bracket
        while rung < epoch:
            rung *= self.factor
        return rung == epoch


def pruner(sweep: Sweep, epochs: int) -> BasePruner:
    """The sweep's; `epochs` are those of a whole training."""
    match sweep.pruner:
        case Median(startup=startup, wait=wait):
            return MedianPruner(n_startup_trials=startup, n_warmup_steps=wait + 1)
        case Hyperband():
            return StatelessHyperband(sweep.pruner, epochs)
        case _:
            return NopPruner()
