"""Measures as a study names them: what is measured of a trained model, or of a baseline."""

from typing import TYPE_CHECKING, Any, ClassVar

from aebench.core.registry import Kind

if TYPE_CHECKING:
    from torch import nn

    from aebench.baselines.base import Baseline
    from aebench.data.prepared import Prepared
    from aebench.experiments.recipe import Recipe
    from aebench.measures.subject import MeasureResult, Subject


class Measure(Kind):
    """A few numbers beyond what an objective says of a model, and arrays that pictures need.

    What was measured once is kept in the run store and not measured again.
    """

    kind: ClassVar[str] = "measure"
    home: ClassVar[str] = "aebench.measures.sections"
    requires: ClassVar[tuple[str, ...]] = ("version", "glossary", "columns", "check", "compute")
    # Part of the identity under which measurements are kept. Raise it when numbers change.
    version: ClassVar[int]
    # What columns are, for a reader: a regular expression of their names -> a line, in which {}
    # stands for a group of it; at its end ↓ or ↑ where less or more is better.
    glossary: ClassVar[dict[str, str]]
    # What it finds of a baseline is the same for all seeds.
    seed_independent: ClassVar[bool] = False

    def columns(self) -> tuple[str, ...]:
        """The names of the numbers that `compute` gives."""
        raise NotImplementedError

    def check(self, what: "nn.Module | Baseline", prepared: "Prepared", recipe: "Recipe") -> None:
        """Raise InputError where this cannot be measured of `what`, the recipe's model or baseline.

        The model is built and not trained.
        """
        raise NotImplementedError

    def compute(self, subject: "Subject") -> "MeasureResult":
        """The numbers; of those that the subject does not have, none."""
        raise NotImplementedError

    def depends_on(self) -> dict[str, Any]:
        """What the numbers depend on besides the fields and the subject, as plain data."""
        return {}
