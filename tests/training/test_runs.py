import json
from dataclasses import asdict, fields, replace

import pytest

from aebench.training.runs import KEPT, Run, RunSpec, RunStore

SPEC = RunSpec(
    model={"name": "stacked", "widths": [4, 2]},
    objective={"name": "reconstruction", "loss": "sse"},
    training={"epochs": 1, "optimizer": {"name": "adamw", "lr": 1e-3}},
    precision="fp32",
    data="0123456789abcdef",
    seed=0,
    version=1,
)
OTHERS = {
    "model": {"name": "stacked", "widths": [2, 4]},
    "objective": {"name": "reconstruction", "loss": "bce"},
    "training": {"epochs": 1, "optimizer": {"name": "adamw", "lr": 2e-3}},
    "precision": "bf16",
    "data": "0123456789abcdee",
    "seed": 1,
    "start": "0123456789abcdef",
    "version": 2,
}


def test_an_identity_stays_what_it_is() -> None:
    """Recorded: another value would orphan every run that users have."""
    assert SPEC.id == "e4a7eb7d7aff2ae4"


def test_an_identity_does_not_depend_on_the_order_of_keys() -> None:
    turned = dict(reversed(SPEC.training.items()))
    assert list(turned) != list(SPEC.training)
    assert replace(SPEC, training=turned).id == SPEC.id


def test_every_field_is_part_of_the_identity() -> None:
    assert set(OTHERS) == {field.name for field in fields(RunSpec)}
    ids = {replace(SPEC, **{name: value}).id for name, value in OTHERS.items()}
    assert len(ids | {SPEC.id}) == len(OTHERS) + 1


def test_a_run_knows_its_spec_again(tmp_path) -> None:
    (tmp_path / "run.json").write_text(json.dumps({"id": SPEC.id, "spec": asdict(SPEC)}))
    run = Run(tmp_path)
    assert run.spec == SPEC
    assert run.spec.id == run.id
    assert run.cost is None


def test_a_copy_holds_what_is_the_same_from_run_to_run(tmp_path) -> None:
    folder = tmp_path / "run"
    folder.mkdir()
    for name in (*KEPT, "cost.json"):
        (folder / name).write_text(json.dumps({"seconds": 1, "id": name}))
    run = Run(folder)
    copy = run.copy_to(tmp_path / "copy")
    assert sorted(path.name for path in copy.folder.iterdir()) == [
        "history.csv",
        "run.json",
        "weights.safetensors",
    ]
    assert copy.id == run.id
    assert run.cost == {"seconds": 1, "id": "cost.json"}


def test_a_copy_holds_the_diagnostics_where_there_are_any(tmp_path) -> None:
    folder = tmp_path / "run"
    folder.mkdir()
    for name in KEPT:
        (folder / name).touch()
    assert Run(folder).diagnostics is None
    (folder / "diagnostics.csv").write_text("epoch,layer,update_norm\n1,encoder,0.5\n")
    copy = Run(folder).copy_to(tmp_path / "copy")
    assert copy.diagnostics == [{"epoch": 1.0, "layer": "encoder", "update_norm": 0.5}]


def test_a_run_without_its_record_is_not_there(tmp_path) -> None:
    store = RunStore(tmp_path)
    folder = store.folder(SPEC.id)
    folder.mkdir()
    (folder / "weights.safetensors").touch()
    assert store.get(SPEC.id) is None
    (folder / "run.json").write_text("{}")
    assert store.get(SPEC.id) == Run(folder)


@pytest.mark.parametrize(("value", "root"), [("elsewhere", "elsewhere"), ("", "runs")])
def test_the_store_is_where_the_environment_says(value: str, root: str, monkeypatch) -> None:
    monkeypatch.setenv("AEBENCH_RUNS", value)
    assert str(RunStore().root) == root


def test_the_lock_is_let_go_of_after_an_error(tmp_path) -> None:
    store = RunStore(tmp_path)
    with pytest.raises(ZeroDivisionError), store.lock(SPEC.id):
        raise ZeroDivisionError
    with store.lock(SPEC.id), store.lock("another"):
        pass
