"""Recorded numbers of two tiny trainings: a change of the training code that turns them shows."""

import pytest
import torch

from aebench.models.config import Stacked
from aebench.nets.config import ConvDecoder, ConvEncoder, Dense, Inception, InceptionEncoder
from aebench.nets.init import Glorot, He, Orthogonal, Sparse
from aebench.objectives.config import Elbo, LayerReconstruction, Reconstruction
from aebench.params import Autoencoder, Training
from aebench.training.optimizers import SGD, AdamW, Muon
from aebench.training.schedules import Constant

CHANGED = (
    "the numbers of a training changed: raise VERSION in aebench/training/__init__.py "
    "and record the new ones"
)


@pytest.fixture(autouse=True)
def one_thread_of_a_cpu(monkeypatch: pytest.MonkeyPatch):
    """A GPU draws other random numbers."""
    monkeypatch.setattr("aebench.training.fit.device", lambda: torch.device("cpu"))
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


# Muon computes its steps in bf16, which is not rounded alike on all hardware.
@pytest.mark.parametrize(
    ("kind", "first", "last", "tolerance"),
    [
        ("masked", 5.832685947418213, 3.996466875076294, 1e-4),
        ("vae", 24.910842895507812, 21.445341110229492, 1e-4),
        ("masked muon", 5.781782150268555, 4.0908427238464355, 5e-3),
    ],
)
def test_a_training_gives_the_recorded_losses(
    kind: str, first: float, last: float, tolerance: float, spec, trained
) -> None:
    losses = [row["train_loss"] for row in trained(spec(kind)).history]
    assert (losses[0], losses[-1]) == pytest.approx((first, last), rel=tolerance), CHANGED


REGULARIZED = {"dropout": 0.0, "batch_norm": False, "init": None}
DEFAULTS = {
    Training: {"patience": None, "restore_best": True},
    Autoencoder: {"tied": False, **REGULARIZED},
    Stacked: {"tied": False, "code": "linear", **REGULARIZED},
    Dense: {"net": "dense", **REGULARIZED},
    ConvEncoder: {"kernel": 3, "downsample": "stride", **REGULARIZED},
    ConvDecoder: {"kernel": 3, "upsample": "transposed", **REGULARIZED},
    Inception: {"factorized": "no", **REGULARIZED},
    InceptionEncoder: {"factorized": "no", "downsample": "max", **REGULARIZED},
    Glorot: {"gain": 1.0},
    He: {"gain": 1.0},
    Orthogonal: {"gain": 1.0},
    Sparse: {"incoming": 15, "std": 1.0},
    SGD: {"momentum": 0.0, "nesterov": False, "weight_decay": 0.0},
    AdamW: {"beta1": 0.9, "beta2": 0.999, "weight_decay": 0.0},
    Muon: {"momentum": 0.95, "weight_decay": 0.0, "iterations": 5},
    Constant: {"warmup": 0},
    Reconstruction: {"name": "reconstruction", "corruption": 0.0},
    LayerReconstruction: {"name": "layer", "corruption": 0.0},
    Elbo: {"name": "elbo", "beta": 1.0, "kl_warmup": 0},
}


@pytest.mark.parametrize("section", DEFAULTS, ids=lambda section: section.__name__)
def test_the_defaults_that_runs_do_not_mention_are_the_recorded_ones(section) -> None:
    """A run's identity leaves the defaults out: another default needs another VERSION."""
    fields = section.model_fields.items()
    defaults = {name: field.default for name, field in fields if not field.is_required()}
    assert defaults == DEFAULTS[section], CHANGED
