import pytest
import torch
from safetensors.torch import load_file

from aebench.core.seeding import seeded

LR = 0.1
# One update, by the gradient of all 120 training images.
ONE_STEP = {
    "optimizer": {"name": "sgd", "lr": LR},
    "schedule": {"name": "constant"},
    "batch_size": 120,
    "epochs": 1,
}


@pytest.fixture
def gradient(spec, trained):
    """The gradient of an update, all parameters in one vector."""

    def gradient(clip_norm: float | None) -> torch.Tensor:
        run = trained(spec(**ONE_STEP, clip_norm=clip_norm))
        with seeded(0, "initial weights"):
            start = spec().model.build(spec().image_shape).state_dict()
        end = load_file(run.weights)
        return torch.cat([((start[name] - end[name]) / LR).flatten() for name in start])

    return gradient


def test_a_gradient_is_clipped_to_its_norm_over_all_parameters(gradient) -> None:
    whole = gradient(None)
    for clip_norm in (0.5 * whole.norm().item(), 0.1 * whole.norm().item()):
        clipped = gradient(clip_norm)
        assert clipped.norm().item() == pytest.approx(clip_norm, rel=1e-3)
        torch.testing.assert_close(clipped / clip_norm, whole / whole.norm(), rtol=1e-3, atol=1e-4)


def test_a_gradient_that_is_short_enough_stays_as_it_is(gradient) -> None:
    whole = gradient(None)
    assert torch.equal(gradient(1.01 * whole.norm().item()), whole)
