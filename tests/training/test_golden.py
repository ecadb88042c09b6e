"""Recorded numbers of two tiny trainings: a change of the training code that turns them shows."""

import pytest
import torch
from aebench.models.config import VAE, ConditionalVAE, PixelCNN, Stacked, TwoLayerVAE, Vamp
from aebench.nets.config import (
    ConvDecoder,
    ConvEncoder,
    Dense,
    Inception,
    InceptionEncoder,
    Residual,
)
from aebench.objectives.config import Classify, Elbo, Iwae, LayerReconstruction, Reconstruction

from aebench.nets.init import Glorot, He, Orthogonal, Sparse
from aebench.params import Autoencoder, Training
from aebench.training.optimizers import (
    LBFGS,
    SGD,
    SOAP,
    Adadelta,
    Adagrad,
    AdaHessian,
    Adam,
    AdamW,
    Kron,
    Muon,
    NAdam,
    RMSprop,
    Shampoo,
)
from aebench.training.schedules import Constant, OneCycle, ReduceOnPlateau

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
PYRAMID = {"dense": [], **REGULARIZED}
DEFAULTS = {
    Training: {
        "patience": None,
        "restore_best": True,
        "images": None,
        "without": None,
        "clip_norm": None,
        "diagnostics": None,
    },
    Autoencoder: {"tied": False, **REGULARIZED},
    Stacked: {"tied": False, "code": "linear", **REGULARIZED},
    Dense: {"net": "dense", **REGULARIZED},
    ConvEncoder: {"kernel": 3, "downsample": "stride", **PYRAMID},
    ConvDecoder: {"kernel": 3, "upsample": "transposed", **PYRAMID},
    Inception: {"factorized": "no", **PYRAMID},
    InceptionEncoder: {"factorized": "no", "downsample": "max", **PYRAMID},
    Residual: {"blocks": 1, **PYRAMID},
    Glorot: {"gain": 1.0},
    He: {"gain": 1.0},
    Orthogonal: {"gain": 1.0},
    Sparse: {"incoming": 15, "std": 1.0},
    SGD: {
        "momentum": 0.0,
        "nesterov": False,
        "momentum_schedule": "constant",
        "weight_decay": 0.0,
    },
    Adagrad: {"weight_decay": 0.0},
    Adadelta: {"lr": 1.0, "rho": 0.9, "eps": 1e-6, "weight_decay": 0.0},
    RMSprop: {"alpha": 0.99, "momentum": 0.0, "weight_decay": 0.0},
    Adam: {"beta1": 0.9, "beta2": 0.999, "weight_decay": 0.0},
    AdamW: {"beta1": 0.9, "beta2": 0.999, "weight_decay": 0.0},
    NAdam: {"beta1": 0.9, "beta2": 0.999, "weight_decay": 0.0},
    Muon: {"momentum": 0.95, "weight_decay": 0.0, "iterations": 5},
    Shampoo: {
        "beta1": 0.9,
        "beta2": 0.999,
        "roots_every": 10,
        "eps": 1e-6,
        "weight_decay": 0.0,
    },
    SOAP: {"beta1": 0.95, "beta2": 0.95, "bases_every": 10, "weight_decay": 0.0},
    Kron: {"momentum": 0.9, "weight_decay": 0.0},
    LBFGS: {"lr": 1.0, "iterations": 20, "history": 10},
    AdaHessian: {"beta1": 0.9, "beta2": 0.999, "weight_decay": 0.0},
    Constant: {"warmup": 0},
    OneCycle: {"warmup": 0, "initial": 0.1, "final": 0.001, "annihilation": 0.1},
    ReduceOnPlateau: {"warmup": 0, "gamma": 0.1, "patience": 5},
    Reconstruction: {"name": "reconstruction", "corruption": 0.0, "penalties": []},
    LayerReconstruction: {"name": "layer", "corruption": 0.0, "penalties": []},
    Elbo: {
        "name": "elbo",
        "beta": 1.0,
        "kl_warmup": 0,
        "free_bits": 0.0,
        "samples": 1,
        "penalties": [],
    },
    Classify: {"name": "classify", "penalties": []},
    Iwae: {"name": "iwae", "first": None, "kl_warmup": 0, "penalties": []},
    VAE: {"likelihood": "bernoulli", "prior": None, "flow": None, "pixels": None},
    PixelCNN: {"kernel": 3, "dropout": 0.0},
    ConditionalVAE: {"likelihood": "bernoulli"},
    TwoLayerVAE: {"likelihood": "bernoulli", "prior": None},
    Vamp: {"pseudo_inputs": 500},
}


@pytest.mark.parametrize("section", DEFAULTS, ids=lambda section: section.__name__)
def test_the_defaults_that_runs_do_not_mention_are_the_recorded_ones(section) -> None:
    """A run's identity leaves the defaults out: another default needs another VERSION."""
    fields = section.model_fields.items()
    defaults = {name: field.default for name, field in fields if not field.is_required()}
    assert defaults == DEFAULTS[section], CHANGED
