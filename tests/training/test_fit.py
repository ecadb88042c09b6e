import math
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from aebench.core.errors import Diverged, InputError
from aebench.core.schema import parse
from aebench.core.seeding import seeded
from aebench.objectives.base import Objective
from aebench.objectives.criterion import Criterion
from aebench.training.device import device

# Steps so long that the validation error soon turns upwards.
LONG = {
    "optimizer": {"name": "sgd", "lr": 2.0, "momentum": 0.9},
    "schedule": {"name": "constant"},
}


def stacked(spec) -> dict[str, Any]:
    """The model as the spec's fixture takes it, to change it."""
    return spec().model.model_dump() | {"image_shape": spec().image_shape}


def test_the_same_run_gives_the_same_bytes(kind, spec, trained, kept) -> None:
    torch.manual_seed(1)
    first = kept(trained(spec(kind)))
    torch.manual_seed(2)
    assert kept(trained(spec(kind))) == first
    measured = ["diagnostics.csv"] if kind == "regularized" else []
    assert sorted(first) == [*measured, "history.csv", "run.json", "weights.safetensors"]


@pytest.mark.parametrize(
    "change",
    [
        {"seed": 1},
        {"precision": "bf16"},
        {"batch_size": 24},
        {"objective": {"name": "reconstruction", "loss": "bce"}},
        {"objective": {"name": "reconstruction", "loss": "sse", "corruption": 0.1}},
        {"optimizer": {"name": "adamw", "lr": 3e-3, "weight_decay": 0.02}},
        {"schedule": {"name": "cosine", "warmup": 4}},
        {"clip_norm": 0.1},
    ],
    ids=lambda change: next(iter(change)),
)
def test_another_run_gives_other_weights(change, spec, trained, kept) -> None:
    weights = kept(trained(spec(epochs=2)))["weights.safetensors"]
    assert kept(trained(spec(epochs=2, **change)))["weights.safetensors"] != weights


def test_randomness_outside_is_as_it_was(spec, trained) -> None:
    torch.manual_seed(0)
    before = torch.get_rng_state()
    trained(spec("masked muon", epochs=1))
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize("few", [{"batch_size": 1}, {"images": 1}], ids=["batch", "images"])
def test_batch_norm_asks_for_more_than_one_image(few, spec, trained) -> None:
    model = stacked(spec) | {"batch_norm": True}
    with pytest.raises(InputError, match=r"batches of one image.* allowed: 2 or more"):
        trained(spec(model=model, **few))
    trained(spec(epochs=1, **few))


def test_training_learns(kind, spec, trained) -> None:
    losses = [row["validation_loss"] for row in trained(spec(kind, epochs=8)).history]
    assert losses[-1] < 0.9 * losses[0]


def test_a_batch_in_parts_gives_the_gradient_of_the_whole(spec, trained, monkeypatch) -> None:
    plain = {"optimizer": {"name": "sgd", "lr": 1e-2}, "epochs": 2}
    whole = trained(spec(**plain)).history
    monkeypatch.setattr(Criterion, "parts", lambda _, batch, epoch: batch.split(10))
    parts = trained(spec(**plain)).history
    for one, other in zip(whole, parts, strict=True):
        assert one == pytest.approx(other, rel=1e-5)


def test_noise_is_fresh_in_training_and_always_the_same_in_validation(spec, trained) -> None:
    """Epochs are compared by the validation loss, so nothing but the weights may move it."""
    still = {"name": "adamw", "lr": 1e-12}
    history = trained(spec("vae", optimizer=still, batch_size=120)).history
    assert len({row["validation_loss"] for row in history}) == 1
    assert len({row["train_loss"] for row in history}) == len(history)


def test_history_has_a_row_an_epoch_that_the_listener_was_told(spec, trained, listener) -> None:
    run = trained(spec(epochs=4, batch_size=25), listener=listener)
    assert run.history == listener.rows
    assert listener.told == ["begin", "end"]
    assert [row["epoch"] for row in run.history] == [1, 2, 3, 4]
    # 120 images are 4 batches of 25; the rest is left out.
    assert [row["updates"] for row in run.history] == [4, 8, 12, 16]
    assert run.history[-1]["lr"] == pytest.approx(0.0, abs=1e-12)
    assert run.cost["seconds"] >= 0


def test_a_finished_run_is_not_trained_again(spec, trained, stores, listener) -> None:
    store = stores()
    first = trained(spec(), store)
    written = (first.folder / "run.json").stat().st_mtime_ns
    assert trained(spec(), store, listener=listener).folder == first.folder
    assert (first.folder / "run.json").stat().st_mtime_ns == written
    assert listener.told == []


@pytest.mark.parametrize("restore_best", [True, False])
def test_the_weights_that_are_kept_are_those_of_the_best_epoch(
    restore_best: bool, spec, trained, prepared
) -> None:
    run = trained(spec(epochs=12, restore_best=restore_best, **LONG))
    losses = [row["validation_loss"] for row in run.history]
    best = min(losses)
    assert losses[-1] > best
    assert run.validation_loss == (best if restore_best else losses[-1])
    assert run.record["best_epoch"] == losses.index(best) + 1
    images = torch.from_numpy(prepared.part("validation")[0])
    model = run.model()
    error = (model.reconstruct(images / 255) - images / 255).square().flatten(1).sum(1).mean()
    assert error.item() == pytest.approx(best if restore_best else losses[-1], rel=1e-5)
    assert run.metrics["validation"]["sse_per_image"] == pytest.approx(error.item(), rel=1e-5)


@pytest.mark.parametrize("patience", [1, 3])
def test_patience_is_the_number_of_epochs_without_a_better_one(
    patience: int, spec, trained
) -> None:
    whole = [row["validation_loss"] for row in trained(spec(epochs=20, **LONG)).history]
    run = trained(spec(epochs=20, patience=patience, **LONG))
    losses = [row["validation_loss"] for row in run.history]
    assert losses == whole[: len(losses)]
    assert len(losses) == run.record["epochs"] == run.record["best_epoch"] + patience < 20
    bests = [losses.index(min(losses[: i + 1])) for i in range(len(losses))]
    assert all(i - best < patience for i, best in enumerate(bests[:-1]))


@pytest.mark.parametrize("binarization", ["none", "fixed", "stochastic"])
def test_metrics_of_a_vae_are_those_of_its_model(binarization, spec, trained, prepared) -> None:
    settings = {"name": "elbo", "binarization": binarization}
    run = trained(spec("vae", epochs=2, objective=settings))
    images = torch.from_numpy(prepared.part("test")[0]).to(device())
    model = run.model().to(device())
    objective = parse(Objective, settings, "").build()
    with seeded(0, "metrics", "test"):
        again = objective.metrics(model, images)
    assert run.metrics["test"] == pytest.approx(again, rel=1e-6)


def test_a_layer_is_trained_between_the_frozen_ones(spec, trained) -> None:
    layer = {"name": "layer", "loss": "sse"}
    shallow = stacked(spec) | {"widths": [12], "code": "silu"}
    first = trained(spec(model=shallow, objective=layer))
    second = trained(spec(objective=layer, start=first.id), start=first)
    outer, whole = load_file(first.weights), load_file(second.weights)
    assert torch.equal(whole["encoder.layers.0.weight"], outer["encoder.layers.0.weight"])
    assert torch.equal(whole["decoder.layers.1.weight"], outer["decoder.layers.0.weight"])
    losses = [row["validation_loss"] for row in second.history]
    assert losses[-1] < losses[0]
    # End to end it goes on from there.
    third = trained(spec(start=second.id, epochs=1), start=second)
    fresh = trained(spec(epochs=1))
    assert third.history[0]["train_loss"] < fresh.history[0]["train_loss"]


def test_data_with_fewer_images_than_a_batch(spec, trained) -> None:
    run = trained(spec(batch_size=1000))
    assert [row["updates"] for row in run.history] == [1, 2, 3, 4, 5]


def test_a_diverged_training_says_so(spec, trained, stores) -> None:
    store, wild = stores(), spec(optimizer={"name": "sgd", "lr": 1e30}, epochs=2)
    with pytest.raises(Diverged, match=r"diverged.*epoch 1.*optimizer\.lr"):
        trained(wild, store)
    assert store.get(wild.id) is None


def test_an_epoch_that_is_no_number_is_not_the_best_but_the_last(explosive, trained) -> None:
    run = trained(explosive())
    losses = [row["validation_loss"] for row in run.history]
    assert run.diverged
    assert 1 < len(losses) < 50
    assert not math.isfinite(losses[-1])
    assert all(map(math.isfinite, losses[:-1]))
    assert run.validation_loss == min(loss for loss in losses if math.isfinite(loss))
    assert run.metrics["test"]["sse_per_image"] < 36


def test_the_last_weights_of_a_diverged_training_are_no_result(explosive, trained) -> None:
    with pytest.raises(Diverged, match="diverged"):
        trained(explosive(restore_best=False))


def test_a_preconditioner_that_cannot_be_decomposed_has_diverged(
    spec, trained, monkeypatch
) -> None:
    def fails(*_, **__):
        raise torch.linalg.LinAlgError("failed to converge")

    monkeypatch.setattr(torch.optim.SGD, "step", fails)
    with pytest.raises(Diverged, match=r"diverged.*epoch 1"):
        trained(spec(optimizer={"name": "sgd", "lr": 0.1}, restore_best=False, epochs=3))


def test_a_training_that_went_well_has_not_diverged(spec, trained) -> None:
    assert not trained(spec(epochs=1)).diverged


def test_history_has_the_penalties_beside_the_error(spec, trained) -> None:
    regularized = spec("regularized")
    for row in trained(regularized).history:
        loss = row["train_reconstruction"]
        for penalty in regularized.objective.penalties:
            loss += penalty.weight * row[f"train_{penalty.name.replace('-', '_')}"]
        assert row["train_loss"] == pytest.approx(loss, rel=1e-5)
        assert {name for name in row if name.startswith("validation")} == {
            "validation_loss",
            "validation_sse_per_image",
        }
        assert row["validation_loss"] == row["validation_sse_per_image"]


def test_the_settings_of_a_run_are_validated(spec, trained) -> None:
    with pytest.raises(InputError, match=r"training: unknown key 'epoch' .did you mean 'epochs'"):
        trained(spec(epoch=3))
    with pytest.raises(InputError, match="objective: unknown name 'gan'; allowed: classify, elbo"):
        trained(spec(objective={"name": "gan"}))
