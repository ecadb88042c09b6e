"""The outcome of a cell: its status, runs and measurements."""

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from aebench.experiments.cell import Cell
from aebench.measures.stored import StoredResult, load_result
from aebench.training.runs import Run, RunStore

Status = Literal["ok", "diverged", "pruned", "failed", "out of memory"]
# The cell raised an error; running it again may succeed.
FAILED_STATUSES: tuple[Status, ...] = ("failed", "out of memory")


@dataclass(frozen=True)
class Outcome:
    """`runs` are the ids of the cell's runs in order, `records` those of its measurements.

    A baseline has no runs. Unless the status is ok, the last run may lack its weights or be
    missing from the store, and `reason` says why.
    """

    cell: Cell
    status: Status
    runs: list[str]
    reason: str = ""
    records: tuple[str, ...] = ()

    @property
    def measured(self) -> list[StoredResult]:
        """The results of the recipe's measures, in their order, from this process's store."""
        return [load_result(RunStore(), record) for record in self.records]

    @property
    def trained(self) -> list[Run]:
        """The runs, from this process's store."""
        return [Run(RunStore().folder(id)) for id in self.runs]

    @cached_property
    def gradients_per_evaluation(self) -> int:
        """2 for second-order optimizers: a Hessian-vector product costs about a gradient."""
        return 2 if self.cell.recipe.training.optimizer.second_order else 1
