"""Data that stay in their file, or do not: the same trainings."""

import dataclasses
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from aebench.core import memory
from aebench.data import prepared as module
from aebench.data.prepared import Prepared
from aebench.training import batches
from aebench.training.config import Training
from aebench.training.train import train_run

LAYER = {"objective": {"name": "layer", "loss": "sse"}}


@pytest.fixture
def little_memory(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Have memory for nothing from now on."""

    def little_memory() -> None:
        monkeypatch.setattr(memory, "SMALL", 0)
        monkeypatch.setattr(memory, "LARGEST_SHARE", 0)

    return little_memory


@pytest.mark.parametrize(
    ("kind", "changes"),
    [
        ("masked", {}),
        ("conv", {"images": 90}),
        ("vae", {"without": [2]}),
        ("conditional", {}),
        ("adamw", {"order": "blocks"}),
        ("conditional", {"order": "blocks"}),
    ],
)
def test_mapped_or_loaded_the_same_bytes_are_trained(
    kind: str,
    changes: dict,
    prepared: Prepared,
    spec,
    stores,
    kept,
    little_memory: Callable[[], None],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(batches, "BLOCK_BYTES", 150)
    monkeypatch.setattr(batches, "BLOCKS", 7)
    # Not sorted by part, so that parts are copied.
    mixed = np.random.default_rng(0).permutation(200)
    arrays = {name: getattr(prepared, name)[mixed] for name in ("images", "labels", "split")}
    path = tmp_path / "prepared.safetensors"
    dataclasses.replace(prepared, **arrays).save(path)
    loaded = Prepared.load(path)
    run = spec(kind, data=loaded.checksum, epochs=2, **changes)
    expected = kept(train_run(run, loaded, "test", stores(), progress=False))
    little_memory()
    mapped = Prepared.load(path)
    assert kept(train_run(run, mapped, "test", stores(), progress=False)) == expected


def test_a_layer_is_trained_on_codes_in_a_file(
    prepared: Prepared, spec, stores, kept, little_memory: Callable[[], None]
) -> None:
    expected = kept(train_run(spec("adamw", **LAYER), prepared, "test", stores()))
    little_memory()
    assert kept(train_run(spec("adamw", **LAYER), prepared, "test", stores())) == expected


def test_the_order_is_chosen_by_the_size_of_the_data(
    prepared: Prepared, monkeypatch: pytest.MonkeyPatch
) -> None:
    def training(**more: str) -> Training:
        fields = {"epochs": 1, "batch_size": 1, "optimizer": {"name": "adamw", "lr": 1.0}}
        return Training.model_validate(fields | {"schedule": {"name": "constant"}} | more)

    before = training().identity()
    assert training().on(prepared).identity() == before
    assert training(order="full").identity() == before
    monkeypatch.setattr(module, "LARGE", prepared.images.nbytes - 1)
    assert training().on(prepared).order == "blocks"
    assert training().on(prepared).identity() == {**before, "order": "blocks"}
    assert training(order="full").on(prepared).order == "full"
