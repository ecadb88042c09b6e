"""The step that a CUDA graph replays; on a GPU, also that replays change no byte."""

from typing import Any

import pytest
import torch
from torch import nn

from aebench.core.schema import parse
from aebench.training import graph
from aebench.training.config import Training

X = torch.linspace(-1, 1, 60).reshape(20, 3)


@pytest.mark.parametrize(
    "settings",
    [
        {"name": "adam", "weight_decay": 0.1},
        {"name": "adamw", "weight_decay": 0.1},
        {"name": "muon", "weight_decay": 0.1},
    ],
    ids=lambda settings: settings["name"],
)
def test_a_step_is_linear_in_its_rate(settings: dict[str, Any]) -> None:
    """A step at rate 1 can be scaled to the rate of a schedule, which changes every update."""

    def trained(scaled: bool) -> list[torch.Tensor]:
        torch.manual_seed(0)
        net = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 3))
        training = {
            "epochs": 1,
            "batch_size": 20,
            "optimizer": settings | {"lr": 0.03},
            "schedule": {"name": "cosine", "warmup": 3},
        }
        sections = parse(Training, training, "training")
        assert sections.optimizer.cuda_graphable
        optimizer = sections.optimizer.build(net)
        schedule = sections.schedule.build(optimizer, 12)
        step = graph.ScaledStep(optimizer) if scaled else optimizer.step
        for _ in range(12):
            optimizer.zero_grad()
            (net(X) - X).square().sum(1).mean().backward()
            if scaled:
                step.update_rates()
            step()
            schedule.step()
        return [p.detach() for p in net.parameters()]

    torch.testing.assert_close(trained(scaled=True), trained(scaled=False), rtol=1e-4, atol=1e-6)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_recorded_updates_give_the_same_bytes(
    kind: str, spec, trained, kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    recordings = []
    recorded = graph.GraphedUpdate._recorded

    def counted(self: graph.GraphedUpdate, batch: torch.Tensor) -> graph.Recording:
        recordings.append(self)
        return recorded(self, batch)

    monkeypatch.setattr(graph.GraphedUpdate, "_recorded", counted)
    replayed = kept(trained(spec(kind, diagnostics=None)))
    # With the few importance samples of the first epochs, and with all of them.
    assert len(recordings) == (2 if kind == "iwae" else 1)
    monkeypatch.setattr(graph, "WARMUP", 1000)
    recordings.clear()
    assert kept(trained(spec(kind, diagnostics=None))) == replayed
    assert not recordings
