import math
from types import SimpleNamespace

import pytest
from torch import nn

from aebench.training.callbacks import BestWeights


@pytest.mark.parametrize(
    ("train", "validation", "stops"),
    [
        (2.0, 1.0, False),
        (math.nan, 1.0, True),
        (math.inf, 1.0, True),
        (2.0, math.nan, True),
        (2.0, -math.inf, True),
    ],
)
def test_a_loss_that_is_not_finite_ends_the_training_also_after_a_resume(
    train: float, validation: float, stops: bool
) -> None:
    row = {"epoch": 1, "train_loss": train, "validation_loss": validation}
    module, trainer = SimpleNamespace(row=row, trainable=nn.Linear(1, 1)), trainer_at(1)
    best = BestWeights(patience=None)
    best.on_train_epoch_end(trainer, module)
    assert trainer.should_stop == stops
    again, resumed = BestWeights(patience=None), trainer_at(1)
    again.load_state_dict(best.state_dict())
    again.on_train_start(resumed, module)
    assert resumed.should_stop == stops


def trainer_at(epoch: int) -> SimpleNamespace:
    return SimpleNamespace(should_stop=False, current_epoch=epoch)
