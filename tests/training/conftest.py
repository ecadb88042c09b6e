"""Tiny data and tiny trainings of every kind, each from an empty run store."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from aebench.core.schema import parse
from aebench.data.prepared import Prepared
from aebench.training.callbacks import Row
from aebench.training.fit import CHECKPOINT_SECONDS
from aebench.training.runs import Run, RunSpec, RunStore
from aebench.training.train import train_run

HIDDEN = {"widths": [8], "unit": "tanh"}
SHAPE = [1, 6, 6]
STACKED = {"name": "stacked", "image_shape": SHAPE, "widths": [12, 4], "unit": "silu"}
VAE = {"name": "vae", "image_shape": SHAPE, "latent": 2, "encoder": HIDDEN, "decoder": HIDDEN}
CONV = {
    "name": "autoencoder",
    "image_shape": SHAPE,
    "code": 4,
    "encoder": {
        "net": "conv",
        "channels": [8],
        "unit": "relu",
        "downsample": "stochastic",
        "batch_norm": True,
        "dropout": 0.1,
    },
    "decoder": {"net": "conv", "channels": [8], "unit": "relu", "init": {"name": "he"}},
}
INCEPTION = VAE | {
    "encoder": {"net": "inception", "channels": [16], "unit": "relu"},
    "decoder": {"net": "conv", "channels": [8], "unit": "relu", "upsample": "nearest"},
    "pixels": {"name": "pixelcnn", "channels": 4, "blocks": 1, "unit": "silu", "dropout": 0.1},
}
RECONSTRUCTION = {"name": "reconstruction", "loss": "sse"}
MASKED = RECONSTRUCTION | {"corruption": 0.3}
ADAMW = {"name": "adamw", "lr": 1e-2, "weight_decay": 0.01}
MUON = {"name": "muon", "lr": 3e-2, "weight_decay": 0.1}
PENALTIES = [
    {"name": "l2", "weight": 1e-3},
    {"name": "l1", "weight": 1e-3},
    {"name": "activity-l1", "weight": 1e-2},
    {"name": "sparse-kl", "weight": 1e-2, "rate": 0.2},
    {"name": "contractive", "weight": 1e-2},
]
NOISY = RECONSTRUCTION | {"corruption": {"name": "gaussian", "std": 0.3}}
# What a run is made of, where it differs from the plain autoencoder by AdamW.
KINDS: dict[str, dict[str, Any]] = {
    "adamw": {},
    "muon": {"optimizer": MUON},
    "bf16": {"precision": "bf16"},
    "tied": {"model": STACKED | {"tied": True}, "optimizer": MUON},
    "masked": {"objective": MASKED},
    "masked muon": {"objective": MASKED, "optimizer": MUON},
    "regularized": {
        "model": STACKED | {"code": "sigmoid"},
        "objective": NOISY | {"penalties": PENALTIES},
        "clip_norm": 1.0,
        "diagnostics": {"every": 3},
    },
    "conv": {"model": CONV},
    "conv muon": {"model": CONV, "optimizer": MUON},
    "inception": {
        "model": INCEPTION,
        "objective": {"name": "elbo", "binarization": "stochastic"},
        "precision": "bf16",
    },
    "vae": {
        "model": VAE,
        "objective": {"name": "elbo", "binarization": "stochastic", "kl_warmup": 3},
    },
    "vae bf16": {
        "model": VAE,
        "objective": {"name": "elbo", "binarization": "stochastic"},
        "precision": "bf16",
    },
    "iwae": {
        "model": VAE | {"prior": {"name": "vamp", "pseudo_inputs": 3}},
        "objective": {
            "name": "iwae",
            "binarization": "stochastic",
            "samples": 4,
            "first": {"samples": 2, "epochs": 3},
            "kl_warmup": 2,
        },
        "precision": "bf16",
    },
    "conditional": {
        "model": VAE | {"name": "conditional-vae", "classes": 4},
        "objective": {"name": "elbo", "binarization": "fixed", "free_bits": 0.01, "samples": 2},
    },
}
Spec = Callable[..., RunSpec]
Train = Callable[..., Run]


class Cut(Exception):
    """Stands for whatever ends a training before its time."""


class Listener:
    """Records its calls; interrupts the training after epoch `cut`, before that epoch is saved."""

    def __init__(self, cut: int | None = None):
        self.cut, self.rows, self.told = cut, [], []

    def begin(self, label: str, spec: RunSpec) -> None:
        self.told.append("begin")

    def epoch(self, row: Row) -> None:
        self.rows.append(row)
        if row["epoch"] == self.cut:
            raise Cut

    def end(self, run: Run) -> None:
        self.told.append("end")


@pytest.fixture
def listener() -> Listener:
    return Listener()


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def spec(prepared: Prepared) -> Spec:
    """`spec(kind, **changes)`: changes of the training, else of the run itself.

    A model comes with the shape of its images.
    """

    def spec(kind: str = "adamw", **changes: Any) -> RunSpec:
        changes = KINDS[kind] | changes
        training = {
            "epochs": 5,
            "batch_size": 25,
            "optimizer": ADAMW,
            "schedule": {"name": "cosine", "warmup": 3},
        }
        whole = {
            "model": STACKED,
            "objective": RECONSTRUCTION,
            "precision": "fp32",
            "threads": 1,
            "data": prepared.checksum,
            "seed": 0,
        }
        for key, value in changes.items():
            (whole if key in RunSpec.model_fields else training)[key] = value
        model = dict(whole["model"])
        shape = model.pop("image_shape")
        whole |= {"model": model, "image_shape": shape, "training": training}
        return parse(RunSpec, whole, "spec")

    return spec


@pytest.fixture
def explosive(spec: Spec) -> Spec:
    """Cross-entropy of a linear net grows without bound, so that steps too long end in NaN."""

    def explosive(**changes: Any) -> RunSpec:
        return spec(
            model=STACKED | {"unit": "linear"},
            objective={"name": "reconstruction", "loss": "bce"},
            optimizer={"name": "sgd", "lr": 2.0, "momentum": 0.9},
            schedule={"name": "constant"},
            batch_size=120,
            epochs=50,
            **changes,
        )

    return explosive


@pytest.fixture
def stores(tmp_path: Path) -> Callable[[], RunStore]:
    """Another empty run store each time."""
    folders = (tmp_path / f"runs-{i}" for i in range(100))
    return lambda: RunStore(next(folders))


@pytest.fixture
def trained(prepared: Prepared, stores, monkeypatch: pytest.MonkeyPatch) -> Train:
    """Train a run with a checkpoint every epoch, by default in an empty store."""
    monkeypatch.setenv(CHECKPOINT_SECONDS, "0")

    def trained(spec: RunSpec, store: RunStore | None = None, **options: Any) -> Run:
        return train_run(spec, prepared, "test", store or stores(), **options)

    return trained


@pytest.fixture
def interrupt(trained: Train) -> Callable[[RunSpec, RunStore, int], None]:
    """Interrupt a run at the end of an epoch, after the checkpoint of the epoch before."""

    def interrupt(spec: RunSpec, store: RunStore, epoch: int) -> None:
        with pytest.raises(Cut):
            trained(spec, store, listener=Listener(cut=epoch))
        saved = (store.folder(spec.id) / "checkpoint.ckpt").exists()
        assert saved == (epoch > 1)
        assert store.get(spec.id) is None

    return interrupt


@pytest.fixture
def kept() -> Callable[[Run], dict[str, bytes]]:
    """The bytes of a run's folder, of all but its cost."""

    def kept(run: Run) -> dict[str, bytes]:
        return {p.name: p.read_bytes() for p in run.folder.iterdir() if p.name != "cost.json"}

    return kept
