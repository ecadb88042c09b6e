"""The kind of measures, as recipes name them."""

from typing import TYPE_CHECKING, Any, ClassVar

from aebench.core.registry import Kind

if TYPE_CHECKING:
    from torch import nn

    from aebench.baselines.base import Baseline
    from aebench.data.prepared import Prepared
    from aebench.experiments.recipe import Recipe
    from aebench.measures.inputs import MeasureInput
    from aebench.measures.result import MeasureResult


class Measure(Kind):
    """Metrics of a trained model or a baseline, and arrays for pictures.

    Results are stored in the run store and computed once.
    """

    kind: ClassVar[str] = "measure"
    home: ClassVar[str] = "aebench.measures.sections"
    requires: ClassVar[tuple[str, ...]] = ("version", "glossary", "columns", "check", "compute")
    # Part of a stored result's identity. Raise it when values change.
    version: ClassVar[int]
    # Descriptions of the columns for reports: a regular expression of names -> a line, in which {}
    # stands for a group of it. It ends in ↓ or ↑ where lower or higher is better.
    glossary: ClassVar[dict[str, str]]
    # Whether a baseline has the same values for all seeds.
    seed_independent: ClassVar[bool] = False

    def columns(self) -> tuple[str, ...]:
        """The names of the values that `compute` may return."""
        raise NotImplementedError

    def check(self, what: "nn.Module | Baseline", prepared: "Prepared", recipe: "Recipe") -> None:
        """Raise InputError where `what`, the recipe's untrained model or baseline, does not fit."""
        raise NotImplementedError

    def compute(self, input: "MeasureInput") -> "MeasureResult":
        """Measure a run or baseline; values that it does not have are left out."""
        raise NotImplementedError

    def depends_on(self) -> dict[str, Any]:
        """What values depend on besides the fields and the input, as plain data."""
        return {}
