"""Results and checkpoints whose code has changed.

Other code is imitated by other hashes in what is recorded.
"""

from pathlib import Path

import pytest

from aebench.core import code_hashes
from aebench.core.errors import Diverged, InputError
from aebench.core.files import checksum
from aebench.core.sealed import read_sealed
from aebench.training.runs import DIVERGED, OtherCode, RunStore
from aebench.training.train import CHECKPOINT, CHECKPOINT_CODE

DENSE, FIT = "aebench.nets.dense", "aebench.training.fit"
FORMER = "0123456789abcdef"
MUON = {"name": "muon", "lr": 3e-2}


def providing(store: RunStore, **other_code) -> RunStore:
    """The same store, with something provided for results of other code."""
    return RunStore(store.root, OtherCode(**other_code))


@pytest.fixture
def store(stores) -> RunStore:
    return stores()


@pytest.fixture
def wild(explosive):
    """A spec whose training comes to nothing."""
    return explosive(restore_best=False)


@pytest.fixture
def diverged(wild, trained, store) -> Path:
    """The record of a diverged training."""
    with pytest.raises(Diverged):
        trained(wild, store)
    return store.folder(wild.id) / DIVERGED


def test_a_run_records_its_code_and_the_checksum_of_its_weights(spec, trained) -> None:
    run = trained(spec())
    sections = [run.spec.model, run.spec.objective, run.spec.training]
    assert run.code == code_hashes.of_run(sections)
    assert {DENSE, FIT} <= set(run.code)
    assert run.weights_checksum == checksum(run.weights)
    assert run.record["plugins"] == []


def test_a_run_of_other_code_is_named_with_its_modules(
    spec, trained, store, listener, kept, of_other_code
) -> None:
    run = trained(spec(), store)
    of_other_code(run.folder / "run.json", DENSE, FIT)
    before = kept(run)
    said = rf"{DENSE}, {FIT} has changed .*\({run.id}\); allowed: --retrain.* --accept-code"
    for attempt in (lambda: trained(spec(), store, listener=listener), lambda: store.get(run.id)):
        with pytest.raises(InputError, match=said) as caught:
            attempt()
        assert not isinstance(caught.value, Diverged)
        assert "\n" not in str(caught.value)
    assert listener.told == []
    assert kept(run) == before


def test_a_run_is_not_of_other_code_where_other_modules_have_changed(
    spec, trained, store, listener
) -> None:
    run = trained(spec(), store)
    assert "aebench.nets.inception" not in run.code
    assert store.get(run.id) == run
    assert trained(spec(), store, listener=listener) == run
    assert listener.told == []


def test_a_run_of_other_code_is_trained_again_where_that_is_asked_for(
    spec, trained, store, listener, kept, of_other_code
) -> None:
    run = trained(spec(), store)
    before = kept(run)
    of_other_code(run.folder / "run.json", DENSE)
    again = trained(spec(), providing(store, retrain=True), listener=listener)
    assert listener.told == ["begin", "end"]
    assert len(listener.rows) == 5
    assert kept(again) == before
    # The result is then of the current code.
    assert store.get(run.id).code == code_hashes.hashes(run.code)


def test_a_run_of_other_code_is_kept_where_that_is_accepted(
    spec, trained, store, listener, kept, of_other_code
) -> None:
    run = trained(spec(), store)
    whole = run.record
    of_other_code(run.folder / "run.json", DENSE)
    written = run.weights.stat().st_mtime_ns
    reason = "renamed only"
    again = trained(spec(), providing(store, accept=reason), listener=listener)
    assert listener.told == []
    assert again.weights.stat().st_mtime_ns == written
    accepted = [{"reason": reason, "code": {DENSE: FORMER}}]
    assert again.record == whole | {"accepted": accepted}
    # From then on nothing is said, and what is provided for others does not concern it.
    for known in (store, providing(store, retrain=True), providing(store, accept="another")):
        assert trained(spec(), known, listener=listener).record == again.record
    assert listener.told == []


def test_each_acceptance_stays_on_record(spec, trained, store, of_other_code) -> None:
    run = trained(spec(), store)
    for reason, module in (("renamed only", DENSE), ("only faster", FIT)):
        of_other_code(run.folder / "run.json", module)
        assert providing(store, accept=reason).get(run.id)
    assert store.get(run.id).record["accepted"] == [
        {"reason": "renamed only", "code": {DENSE: FORMER}},
        {"reason": "only faster", "code": {FIT: FORMER}},
    ]


def test_a_module_that_is_gone_has_changed(spec, trained, store, of_other_code) -> None:
    run = trained(spec(), store)
    of_other_code(run.folder / "run.json", "aebench.nets.gone")
    with pytest.raises(InputError, match=r"aebench\.nets\.gone has changed"):
        store.get(run.id)
    assert providing(store, accept="never used").get(run.id)
    assert store.get(run.id)


def test_results_of_other_code_are_named_all_at_once(spec, trained, store, of_other_code) -> None:
    runs = [trained(spec(epochs=1, seed=seed), store) for seed in range(10)]
    for run, module in zip(runs[:9], [DENSE, FIT, FIT] * 3, strict=True):
        of_other_code(run.folder / "run.json", module)
    with pytest.raises(InputError) as caught:
        store.settle(run.id for run in runs)
    text = str(caught.value)
    assert f"{DENSE}, {FIT} has changed since 9 results" in text
    assert all(run.id in text for run in runs[:8])
    assert runs[8].id not in text and "and 1 more" in text
    assert runs[9].id not in text
    store.settle([runs[9].id])
    providing(store, accept="the same").settle(run.id for run in runs)
    store.settle(run.id for run in runs)


def test_a_result_that_is_no_run_is_of_other_code_alike(
    wild, diverged, trained, store, listener, of_other_code
) -> None:
    """That a training comes to nothing is a result, too."""
    assert {DENSE, FIT} <= set(read_sealed(diverged)["code"])
    of_other_code(diverged, FIT)
    for attempt in (
        lambda: trained(wild, store, listener=listener),
        lambda: store.get(wild.id),
        lambda: store.divergence(wild.id),
    ):
        with pytest.raises(InputError, match=rf"{FIT} has changed .*\({wild.id}\)") as caught:
            attempt()
        assert not isinstance(caught.value, Diverged)
    assert listener.told == []


def test_a_diverged_training_is_made_again_where_that_is_asked_for(
    wild, diverged, trained, store, listener, of_other_code
) -> None:
    before = read_sealed(diverged)
    of_other_code(diverged, FIT)
    with pytest.raises(Diverged):
        trained(wild, providing(store, retrain=True), listener=listener)
    assert listener.told == ["begin"]
    assert listener.rows
    assert read_sealed(diverged) == before
    assert store.divergence(wild.id) == before["reason"]


def test_a_diverged_training_is_kept_where_that_is_accepted(
    wild, diverged, trained, store, listener, of_other_code
) -> None:
    before = read_sealed(diverged)
    of_other_code(diverged, FIT)
    for known in (providing(store, accept="only faster"), store):
        with pytest.raises(Diverged, match="the training diverged"):
            trained(wild, known, listener=listener)
    assert listener.told == []
    accepted = [{"reason": "only faster", "code": {FIT: FORMER}}]
    assert read_sealed(diverged) == before | {"accepted": accepted}


def test_a_checkpoint_of_other_code_is_begun_anew(
    spec, trained, interrupt, store, listener, kept, capsys, of_other_code
) -> None:
    whole = kept(trained(spec()))
    interrupt(spec(), store, 3)
    of_other_code(store.folder(spec().id) / CHECKPOINT_CODE, FIT)
    capsys.readouterr()
    run = trained(spec(), store, listener=listener)
    assert [row["epoch"] for row in listener.rows] == [1, 2, 3, 4, 5]
    said = [line for line in capsys.readouterr().err.splitlines() if "other code" in line]
    assert said == [f"run {run.id}: its checkpoint is of other code: begun anew"]
    assert kept(run) == whole


def test_a_checkpoint_of_the_same_code_is_gone_on_with_in_silence(
    spec, trained, interrupt, store, listener, capsys
) -> None:
    interrupt(spec(), store, 3)
    assert (store.folder(spec().id) / CHECKPOINT).exists()
    trained(spec(), store, listener=listener)
    assert [row["epoch"] for row in listener.rows] == [3, 4, 5]
    assert "other code" not in capsys.readouterr().err


def test_a_run_has_the_code_of_the_one_that_it_starts_from(
    spec, trained, store, of_other_code
) -> None:
    muon = "aebench.training.optimizers.muon"
    first = trained(spec(optimizer=MUON), store)
    second_spec = spec(start=first.id)
    second = trained(second_spec, store, start=first)
    third = trained(spec(start=second.id, seed=1), store, start=second)
    own = code_hashes.of_run([second_spec.model, second_spec.objective, second_spec.training])
    assert muon not in own
    assert second.code == first.code | own == third.code
    of_other_code(second.folder / "run.json", muon)
    with pytest.raises(InputError, match=rf"{muon} has changed .*\({second.id}\)"):
        trained(second_spec, store, start=first)


def test_a_copy_is_of_the_same_code(spec, trained, tmp_path) -> None:
    run = trained(spec(epochs=1))
    assert run.copy_to(tmp_path / "copy").code == run.code
