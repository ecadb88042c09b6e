"""Pruners, built from the config: Optuna's, and Hyperband. Their steps are epochs, from 1."""

import math
from binascii import crc32
from bisect import bisect_right
from itertools import accumulate
from typing import TYPE_CHECKING

from optuna.pruners import BasePruner, MedianPruner, NopPruner

from aebench.sweeps.config import Hyperband, Median, Sweep

if TYPE_CHECKING:
    from optuna.study import Study
    from optuna.trial import FrozenTrial


class StatelessHyperband(BasePruner):
    """Asynchronous successive halving in Hyperband's brackets, computed from the losses alone.

    Optuna's HyperbandPruner stores that it has judged a rung: if the driver dies between that and
    the verdict, the trial, once resumed, is not pruned at this rung. The brackets are the same.
    """

    def __init__(self, config: Hyperband, epochs: int):
        self.least, self.factor = config.least, config.factor
        count = max(1, math.floor(math.log(epochs / self.least, self.factor)) + 1)
        # The sizes of the brackets relative to each other (Li et al. 2018, algorithm 1).
        sizes = [math.ceil(count * self.factor**s / (s + 1)) for s in reversed(range(count))]
        self.bounds = list(accumulate(sizes))

    def prune(self, study: "Study", trial: "FrozenTrial") -> bool:
        epoch, bracket = trial.last_step, self._bracket(study, trial)
        if epoch is None or not self._is_rung(epoch, bracket):
            return False
        losses = sorted(
            other.intermediate_values[epoch]
            for other in study.get_trials(deepcopy=False)
            if epoch in other.intermediate_values and self._bracket(study, other) == bracket
        )
        # The best 1 / factor of the trials go on, the best one in any case.
        return trial.intermediate_values[epoch] > losses[max(1, len(losses) // self.factor) - 1]

    def _bracket(self, study: "Study", trial: "FrozenTrial") -> int:
        """The trial's bracket, by a hash, so that it is the same whenever it is asked for."""
        value = crc32(f"{study.study_name}_{trial.number}".encode())
        return bisect_right(self.bounds, value % self.bounds[-1])

    def _is_rung(self, epoch: int, bracket: int) -> bool:
        """Whether trials of the bracket are judged after this epoch."""
        rung = self.least * self.factor**bracket
        while rung < epoch:
            rung *= self.factor
        return rung == epoch


def build_pruner(sweep: Sweep, epochs: int) -> BasePruner:
    """Return the sweep's pruner; `epochs` are those of a whole training."""
    match sweep.pruner:
        case Median(startup=startup, wait=wait):
            return MedianPruner(n_startup_trials=startup, n_warmup_steps=wait + 1)
        case Hyperband():
            return StatelessHyperband(sweep.pruner, epochs)
        case _:
            return NopPruner()
