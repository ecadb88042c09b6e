"""Nothing that lies in the run store is believed once it is cut or altered."""

import re
from pathlib import Path

import pytest
from committed import committed

from aebench import load
from aebench.cli import main
from aebench.core.sealed import Damaged
from aebench.training.runs import Run, RunStore
from aebench.training.saved_models import save


@pytest.fixture
def store(stores) -> RunStore:
    return stores()


def flip(path: Path) -> None:
    """Flip one bit in the middle of a file."""
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 4
    path.write_bytes(content)


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def empty(path: Path) -> None:
    path.write_bytes(b"")


DAMAGE = pytest.mark.parametrize("damage", [flip, cut, empty, Path.unlink])


@DAMAGE
@pytest.mark.parametrize("name", ["weights.safetensors", "history.csv", "run.json", "cost.json"])
def test_a_damaged_run_is_named_and_trained_again(
    name: str, damage, spec, trained, store, kept, listener, capsys
) -> None:
    run = trained(spec(), store)
    whole = kept(run)
    damage(run.folder / name)
    capsys.readouterr()
    again = trained(spec(), store, listener=listener)
    assert kept(again) == whole
    missing = damage is Path.unlink
    # A run without a record is none, and a cost that is missing is no damage.
    assert (listener.told == []) == (missing and name == "cost.json")
    named = re.findall(r"(\S+): (?:damaged|missing).*; counts as absent", capsys.readouterr().err)
    silent = missing and name in ("run.json", "cost.json")
    assert named == ([] if silent else [str(run.folder / name)])
    assert list(store.damaged()) == []


@DAMAGE
def test_a_copy_of_a_run_is_not_used_once_it_is_damaged(damage, spec, trained, tmp_path) -> None:
    copy = trained(spec()).copy_to(tmp_path / "copy")
    damage(copy.folder / "weights.safetensors")
    with pytest.raises(Damaged, match=r"copy/weights\.safetensors: (damaged|missing)"):
        copy.model()
    assert Run(copy.folder).history


@DAMAGE
@pytest.mark.parametrize("name", ["checkpoint.ckpt", "checkpoint.json", "checkpoint.sha256"])
def test_a_damaged_checkpoint_is_named_and_the_training_begins_anew(
    name: str, damage, spec, trained, interrupt, store, kept, listener, capsys
) -> None:
    whole = kept(trained(spec()))
    interrupt(spec(), store, 3)
    damage(store.folder(spec().id) / name)
    capsys.readouterr()
    run = trained(spec(), store, listener=listener)
    assert [row["epoch"] for row in listener.rows] == [1, 2, 3, 4, 5]
    assert kept(run) == whole
    said = [line for line in capsys.readouterr().err.splitlines() if "checkpoint" in line]
    missing = damage is Path.unlink and name == "checkpoint.ckpt"
    assert said == ([] if missing else [f"run {run.id}: its checkpoint is damaged: begun anew"])


@pytest.mark.parametrize("suffix", [".safetensors", ".json"])
@pytest.mark.parametrize("damage", [flip, cut, empty])
def test_a_damaged_model_is_not_loaded(suffix: str, damage, spec, trained, tmp_path) -> None:
    path = tmp_path / "model.safetensors"
    save(trained(spec()), path)
    assert load(path)
    damage(path.with_suffix(suffix))
    with pytest.raises(Exception, match="damaged") as caught:
        load(path)
    assert "\n" not in str(caught.value)


def test_a_store_names_all_that_is_damaged(spec, trained, store) -> None:
    runs = [trained(spec(seed=seed), store) for seed in range(3)]
    flip(runs[0].folder / "weights.safetensors")
    cut(runs[2].folder / "run.json")
    named = {str(error).split(":")[0] for error in store.damaged()}
    files = runs[0].folder / "weights.safetensors", runs[2].folder / "run.json"
    assert named == {str(path) for path in files}


def test_check_verifies_the_store(spec, trained, store, monkeypatch, capsys) -> None:
    monkeypatch.setenv("AEBENCH_RUNS", str(store.root))
    monkeypatch.setattr("sys.argv", ["aebench", "check", "--store"])
    monkeypatch.chdir(committed())
    run = trained(spec(), store)
    assert main() == 0
    flip(run.folder / "history.csv")
    assert main() == 2
    said = capsys.readouterr().err
    assert f"{run.folder / 'history.csv'}: damaged" in said and "1 results are damaged" in said
