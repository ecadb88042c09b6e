"""Recorded numbers of two tiny trainings: a change of the training code that turns them shows."""

import pytest
import torch

CHANGED = (
    "the numbers of a training have changed: if that is meant, record the new ones here and say so "
    "in the commit"
)


@pytest.fixture(autouse=True)
def one_thread_of_a_cpu(monkeypatch: pytest.MonkeyPatch):
    """A GPU draws other random numbers."""
    for module in ("fit", "train"):
        monkeypatch.setattr(f"aebench.training.{module}.device", lambda: torch.device("cpu"))
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


# Muon computes its steps in bf16, which is not rounded alike on all hardware.
@pytest.mark.parametrize(
    ("kind", "first", "last", "tolerance"),
    [
        ("masked", 5.832685947418213, 3.996466875076294, 1e-4),
        ("vae", 25.2352352142334, 21.397363662719727, 1e-4),
        ("masked muon", 5.781782150268555, 4.0908427238464355, 5e-3),
    ],
)
def test_a_training_gives_the_recorded_losses(
    kind: str, first: float, last: float, tolerance: float, spec, trained
) -> None:
    losses = [row["train_loss"] for row in trained(spec(kind)).history]
    assert (losses[0], losses[-1]) == pytest.approx((first, last), rel=tolerance), CHANGED
