import os
import signal

import pytest

from aebench.core.stops import Stopped, stoppable
from aebench.training import fit, train

# Steps so long that the validation error soon turns upwards.
STOPPING = {
    "optimizer": {"name": "sgd", "lr": 2.0, "momentum": 0.9},
    "schedule": {"name": "constant"},
    "epochs": 20,
    "patience": 2,
}


@pytest.mark.parametrize("epoch", [1, 2, 4, 5])
def test_a_training_that_was_cut_off_goes_on_to_the_same_bytes(
    kind: str, epoch: int, spec, trained, interrupt, stores, kept, listener
) -> None:
    whole = kept(trained(spec(kind)))
    store = stores()
    interrupt(spec(kind), store, epoch)
    run = trained(spec(kind), store, listener=listener)
    assert [row["epoch"] for row in listener.rows] == list(range(epoch, 6))
    assert kept(run) == whole


def test_a_training_may_be_cut_off_many_times(spec, trained, interrupt, stores, kept) -> None:
    store = stores()
    for epoch in (2, 2, 3, 5):
        interrupt(spec("masked muon"), store, epoch)
    assert kept(trained(spec("masked muon"), store)) == kept(trained(spec("masked muon")))


def test_the_best_epoch_is_not_lost(spec, trained, interrupt, stores, kept) -> None:
    """Cut off after the best epoch: its weights come from before, and stopping counts from it."""
    whole = trained(spec(**STOPPING))
    best, last = whole.record["best_epoch"], whole.record["epochs"]
    assert 1 < best < last - 1
    for epoch in (best, best + 1, last):
        store = stores()
        interrupt(spec(**STOPPING), store, epoch)
        assert kept(trained(spec(**STOPPING), store)) == kept(whole)


@pytest.mark.parametrize("end", ["all epochs", "stopped early", "diverged"])
def test_a_training_that_was_cut_off_after_its_last_epoch_is_only_finished(
    end: str, spec, explosive, trained, stores, kept, listener, monkeypatch
) -> None:
    ended = {"all epochs": spec(), "stopped early": spec(**STOPPING), "diverged": explosive()}[end]
    whole, store = kept(trained(ended)), stores()
    with monkeypatch.context() as patch, pytest.raises(ZeroDivisionError):
        patch.setattr(train, "_write_rows", lambda *_: 1 / 0)
        trained(ended, store)
    run = trained(ended, store, listener=listener)
    assert listener.rows == []
    assert kept(run) == whole


def test_a_checkpoint_that_was_half_written_does_no_harm(
    spec, trained, interrupt, stores, kept, monkeypatch
) -> None:
    whole, store = kept(trained(spec())), stores()
    interrupt(spec(), store, 3)
    # Not overwritten by the next one either, which is never written.
    monkeypatch.setenv(fit.CHECKPOINT_SECONDS, "30")
    (store.folder(spec().id) / ".checkpoint.ckpt.999999999.x").write_bytes(b"half")
    assert kept(trained(spec(), store)) == whole


def test_a_terminated_training_is_not_taken_for_a_finished_one(
    spec, trained, stores, kept, listener
) -> None:
    """Lightning turns SIGTERM into an exit with code 0, by which DVC would think it done."""
    store = stores()
    listener.end = lambda run: pytest.fail("it was not finished")
    listener.epoch = lambda row: row["epoch"] == 2 and os.kill(os.getpid(), signal.SIGTERM)
    with pytest.raises(SystemExit) as left:
        trained(spec(), store, listener=listener)
    assert left.value.code == 128 + signal.SIGTERM
    assert store.get(spec().id) is None
    assert kept(trained(spec(), store)) == kept(trained(spec()))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_training_of_a_command_stops_at_once(number, spec, trained, stores, kept, listener):
    """Lightning would make an exit with 1 of Ctrl-C, and go on to the next batch."""
    store = stores()
    listener.end = lambda run: pytest.fail("it was not finished")

    def epoch(row) -> None:
        listener.rows.append(row)
        if len(listener.rows) == 3:
            os.kill(os.getpid(), number)

    listener.epoch = epoch
    with pytest.raises(Stopped) as left, stoppable():
        trained(spec(), store, listener=listener)
    assert (left.value.code, len(listener.rows)) == (128 + number, 3)
    assert kept(trained(spec(), store)) == kept(trained(spec()))


def test_what_a_run_cost_counts_the_time_before_the_cut(
    spec, trained, interrupt, stores, monkeypatch
) -> None:
    store = stores()
    interrupt(spec(), store, 3)
    monkeypatch.setattr(fit.Checkpoint, "load_state_dict", add(1000.0))
    assert trained(spec(), store).cost["seconds"] >= 1000


def add(seconds: float):
    load = fit.Checkpoint.load_state_dict

    def later(self, state: dict) -> None:
        load(self, {"seconds": state["seconds"] + seconds})

    return later


@pytest.mark.parametrize("seconds", ["30", None])
def test_a_checkpoint_is_not_written_more_often_than_asked(
    seconds: str | None, spec, prepared, stores, monkeypatch
) -> None:
    if seconds:
        monkeypatch.setenv(fit.CHECKPOINT_SECONDS, seconds)
    else:
        monkeypatch.delenv(fit.CHECKPOINT_SECONDS, raising=False)
    saved = []
    monkeypatch.setattr(fit.pl.Trainer, "save_checkpoint", lambda *_: saved.append(1))
    train.train_run(spec(), prepared, "test", stores())
    assert saved == []
