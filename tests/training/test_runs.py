import pytest

from aebench.core.errors import InputError
from aebench.core.schema import parse
from aebench.core.sealed import write_sealed
from aebench.training.runs import Run, RunSpec, RunStore

WHOLE = {
    "model": {"name": "stacked", "widths": [4, 2], "unit": "tanh"},
    "objective": {"name": "reconstruction", "loss": "sse"},
    "training": {
        "epochs": 1,
        "batch_size": 10,
        "optimizer": {"name": "adamw", "lr": 1e-3},
        "schedule": {"name": "constant"},
    },
    "precision": "fp32",
    "threads": 1,
    "data": "0123456789abcdef",
    "image_shape": [1, 6, 6],
    "seed": 0,
}
OTHERS = {
    "model": WHOLE["model"] | {"widths": [2, 4]},
    "objective": {"name": "reconstruction", "loss": "bce"},
    "training": WHOLE["training"] | {"optimizer": {"name": "adamw", "lr": 2e-3}},
    "precision": "bf16",
    "threads": 2,
    "data": "0123456789abcdee",
    "image_shape": [3, 6, 6],
    "seed": 1,
    "start": "0123456789abcdef",
}


FILES = ("weights.safetensors", "history.csv")


def read(value: dict) -> RunSpec:
    return parse(RunSpec, value, "spec")


SPEC = read(WHOLE)


def test_an_identity_stays_what_it_is() -> None:
    """Recorded: another value would orphan every run that users have."""
    assert SPEC.id == "5651c647558c6b1f"


def test_an_identity_does_not_depend_on_the_order_of_keys() -> None:
    turned = dict(reversed(WHOLE["training"].items()))
    assert list(turned) != list(WHOLE["training"])
    assert read(WHOLE | {"training": turned}).id == SPEC.id


def test_every_field_is_part_of_the_identity() -> None:
    """Precision and threads, too: sums are rounded otherwise."""
    assert set(OTHERS) == set(RunSpec.model_fields)
    ids = {read(WHOLE | {name: value}).id for name, value in OTHERS.items()}
    assert len(ids | {SPEC.id}) == len(OTHERS) + 1


def test_a_run_knows_its_spec_again(tmp_path) -> None:
    record = {"id": SPEC.id, "spec": SPEC.model_dump(mode="json")}
    write_sealed(tmp_path / "run.json", record)
    run = Run(tmp_path)
    assert run.spec == SPEC
    assert run.spec.id == run.id
    assert run.cost is None


def test_a_spec_that_is_not_understood_any_more_is_named_in_one_line(tmp_path) -> None:
    record = {"id": SPEC.id, "spec": WHOLE | {"version": 1}}
    write_sealed(tmp_path / "run.json", record)
    with pytest.raises(InputError, match=r"run\.json: unknown key 'version'.*train it again$"):
        _ = Run(tmp_path).spec


def test_a_copy_holds_what_is_the_same_from_run_to_run(tmp_path) -> None:
    folder = tmp_path / "run"
    folder.mkdir()
    for name in FILES:
        (folder / name).write_text(name)
    write_sealed(folder / "run.json", {"id": SPEC.id}, FILES)
    write_sealed(folder / "cost.json", {"seconds": 1})
    run = Run(folder)
    copy = run.copy_to(tmp_path / "copy")
    assert sorted(path.name for path in copy.folder.iterdir()) == [
        "history.csv",
        "run.json",
        "weights.safetensors",
    ]
    assert copy.id == run.id
    assert run.cost == {"seconds": 1}


def test_a_copy_holds_the_diagnostics_where_there_are_any(tmp_path) -> None:
    folder = tmp_path / "run"
    folder.mkdir()
    for name in FILES:
        (folder / name).touch()
    write_sealed(folder / "run.json", {}, FILES)
    assert Run(folder).diagnostics is None
    (folder / "diagnostics.csv").write_text("epoch,layer,update_norm\n1,encoder,0.5\n")
    write_sealed(folder / "run.json", {}, [*FILES, "diagnostics.csv"])
    copy = Run(folder).copy_to(tmp_path / "copy")
    assert copy.diagnostics == [{"epoch": 1.0, "layer": "encoder", "update_norm": 0.5}]


def test_a_run_without_its_record_is_not_there(tmp_path) -> None:
    store = RunStore(tmp_path)
    folder = store.folder(SPEC.id)
    folder.mkdir()
    (folder / "weights.safetensors").touch()
    assert store.get(SPEC.id) is None
    write_sealed(folder / "run.json", {"code": {}})
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
