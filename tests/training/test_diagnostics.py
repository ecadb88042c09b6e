import math
from types import SimpleNamespace

import pytest
import torch
from torch import nn

from aebench.core.seeding import seeded
from aebench.training.diagnostics import LayerNorms

LR = 0.05
# All 120 training images are one batch, so that their order does not matter.
DESCENT = {
    "optimizer": {"name": "sgd", "lr": LR},
    "schedule": {"name": "constant"},
    "batch_size": 120,
    "epochs": 3,
    "diagnostics": {"every": 1},
}
LAYERS = [f"{half}.layers.{i}" for half in ("encoder", "decoder") for i in (0, 1)]


def rms(x: torch.Tensor) -> float:
    return math.sqrt(sum(v * v for v in x.flatten().tolist()) / x.numel())


def norm(x: torch.Tensor) -> float:
    return math.sqrt(sum(v * v for v in x.flatten().tolist()))


def test_measures_are_what_descent_by_hand_gives(spec, trained, prepared) -> None:
    run = trained(spec(**DESCENT))
    with seeded(0, "initial weights"):
        model = spec().model.build(spec().image_shape).double()
    images = torch.from_numpy(prepared.part("train")[0]).double() / 255
    expected = []
    for update in (1, 2, 3):
        x, outputs = images.flatten(1), []
        for half in (model.encoder, model.decoder):
            for layer, activation in zip(half.layers, half.activations, strict=True):
                outputs.append(layer(x))
                x = activation(outputs[-1])
        loss = (x.sigmoid() - images.flatten(1)).square().sum() / 120
        model.zero_grad()
        loss.backward()
        for name, output in zip(LAYERS, outputs, strict=True):
            gradient = norm(model.get_submodule(name).weight.grad)
            expected.append([update, update, name, gradient, LR * gradient, rms(output)])
        with torch.no_grad():
            for p in model.parameters():
                p -= LR * p.grad
    assert len(run.diagnostics) == len(expected)
    for row, (epoch, update, name, gradient, change, activation) in zip(
        run.diagnostics, expected, strict=True
    ):
        assert row == {
            "epoch": epoch,
            "update": update,
            "layer": name,
            "gradient_norm": pytest.approx(gradient, rel=1e-4),
            "update_norm": pytest.approx(change, rel=1e-3),
            "activation_rms": pytest.approx(activation, rel=1e-4),
        }


def test_every_third_update_is_measured_from_the_first_on(spec, trained) -> None:
    """4 updates an epoch: counting does not begin anew with it."""
    rows = trained(spec(epochs=3, diagnostics={"every": 3})).diagnostics
    times = [(row["epoch"], row["update"]) for row in rows if row["layer"] == LAYERS[0]]
    assert times == [(1, 1), (1, 4), (2, 7), (3, 10)]


@pytest.mark.parametrize("kind", ["masked muon", "vae", "bf16"])
def test_to_measure_changes_nothing(kind: str, spec, trained, kept) -> None:
    plain = trained(spec(kind, epochs=2))
    watched = trained(spec(kind, epochs=2, diagnostics={"every": 1}))
    for name in ("weights.safetensors", "history.csv"):
        assert kept(watched)[name] == kept(plain)[name]
    assert plain.diagnostics is None


def test_gradients_are_measured_before_they_are_clipped(spec, trained) -> None:
    plain, clipped = (trained(spec(**DESCENT, clip_norm=norm)).diagnostics for norm in (None, 1e-3))
    for before, after in zip(plain[:4], clipped[:4], strict=True):
        assert after["gradient_norm"] == before["gradient_norm"]
        assert 0 < after["update_norm"] <= LR * 1e-3 < before["update_norm"]


def test_a_matrix_that_two_layers_share_is_the_first_ones(spec, trained) -> None:
    rows = trained(spec("tied", epochs=1, diagnostics={"every": 10})).diagnostics
    assert [row["layer"] for row in rows] == LAYERS[:2]


def test_measures_in_mixed_precision_are_those_in_single(spec, trained) -> None:
    single, mixed = (
        trained(spec(**DESCENT, precision=precision)).diagnostics for precision in ("fp32", "bf16")
    )
    for a, b in zip(single, mixed, strict=True):
        for measure in ("gradient_norm", "update_norm", "activation_rms"):
            assert b[measure] == pytest.approx(a[measure], rel=0.05)


class Backwards(nn.Module):
    """Uses its layers in another order than they are defined, one twice and one never."""

    def __init__(self):
        super().__init__()
        self.last, self.unused, self.first = nn.Linear(2, 1), nn.Linear(2, 1), nn.Linear(2, 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.last(self.first(self.first(x)))


def test_the_first_of_several_evaluations_counts_and_layers_stand_as_they_are_used() -> None:
    torch.manual_seed(0)
    net, x = Backwards(), torch.randn(5, 2)
    optimizer = torch.optim.LBFGS(net.parameters(), lr=0.1, max_iter=5)
    before = {name: p.detach().clone() for name, p in net.named_parameters()}
    net(x).square().mean().backward()
    gradients = {name: p.grad.clone() for name, p in net.named_parameters() if p.grad is not None}
    outputs = {"first": net.first(x), "last": net(x)}
    evaluations = []

    def closure() -> torch.Tensor:
        optimizer.zero_grad()
        evaluations.append(net(x).square().mean())
        evaluations[-1].backward()
        return evaluations[-1]

    norms = LayerNorms(every=1)
    module = SimpleNamespace(trainable=net, current_epoch=0, updates_per_epoch=1)
    norms.on_train_start(None, module)
    norms.on_train_epoch_start(None, module)
    with module.watch():
        optimizer.step(closure)
    norms.on_train_epoch_end(None, module)
    assert len(evaluations) > 1
    # In the updates that are not measured nothing hangs on the net.
    assert not any(layer._forward_hooks for layer in net.modules())
    assert [row["layer"] for row in norms.rows] == ["first", "last"]
    for row in norms.rows:
        name = row["layer"]
        weight = f"{name}.weight"
        change = net.get_parameter(weight).detach() - before[weight]
        assert row["gradient_norm"] == pytest.approx(norm(gradients[weight]), rel=1e-5)
        assert row["update_norm"] == pytest.approx(norm(change), rel=1e-5)
        assert row["activation_rms"] == pytest.approx(rms(outputs[name]), rel=1e-5)
