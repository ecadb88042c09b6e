"""What a measure is computed on: a finished run, or a baseline."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from aebench.baselines.base import Baseline
from aebench.data.examples import without
from aebench.data.prepared import Prepared
from aebench.training.device import device
from aebench.training.runs import Run, RunStore


@dataclass(frozen=True)
class RunInput:
    """A finished run, and the data that it was trained on."""

    run: Run
    prepared: Prepared
    store: RunStore

    @property
    def seed(self) -> int:
        return self.run.spec.seed

    @property
    def unseen(self) -> Sequence[int]:
        """Labels whose images were left out of the training."""
        return self.run.spec.training.without or ()

    @cached_property
    def seen_data(self) -> Prepared:
        """The data without images of unseen labels."""
        return without(self.prepared, self.unseen)

    @property
    def identity(self) -> dict[str, Any]:
        """What identifies it in a stored result."""
        # Trained again by other code, a run keeps its id and gets other weights.
        return {"run": self.run.id, "weights": self.run.weights_checksum}

    def model(self) -> Any:
        """The trained model on the device, in evaluation mode.

        Untyped: which methods it has is what the measure's `check` has asked.
        """
        return self.run.model().to(device())


@dataclass(frozen=True)
class BaselineInput:
    """A baseline, and the data that it is fitted to, except images with the labels `unseen`."""

    baseline: Baseline
    prepared: Prepared
    store: RunStore
    seed: int = 0
    unseen: Sequence[int] = ()

    @cached_property
    def seen_data(self) -> Prepared:
        """The data without images of unseen labels."""
        return without(self.prepared, self.unseen)

    @property
    def identity(self) -> dict[str, Any]:
        """What identifies it in a stored result."""
        return {
            "baseline": self.baseline.identity(),
            "baseline_version": self.baseline.version,
            "data": self.prepared.checksum,
            "seed": self.seed,
            **({"unseen": list(self.unseen)} if self.unseen else {}),
        }


MeasureInput = RunInput | BaselineInput
