from types import SimpleNamespace

import pytest

from aebench.plots.curves import curves


def test_a_pretrained_net_s_lines_come_after_the_updates_of_its_pretraining() -> None:
    rows = [{"updates": n, "train_loss": 2.0, "validation_loss": 3.0} for n in (10, 20)]
    groups = {name: [SimpleNamespace(history=rows)] for name in ("fine-tuned", "scratch")}
    (axes,) = curves(groups, "squared error", {"fine-tuned": 40}).axes
    drawn = {line.get_label(): list(line.get_xdata()) for line in axes.lines}
    assert drawn["fine-tuned validation"] == [50, 60]
    assert drawn["scratch train"] == [10, 20]
    assert axes.get_xlabel() == "updates, those of pretraining included"


@pytest.mark.parametrize(("loss", "scale"), [(3.0, "log"), (-900.0, "linear")])
def test_losses_below_zero_are_shown_on_a_linear_scale(loss, scale) -> None:
    rows = [{"updates": n, "train_loss": loss, "validation_loss": loss} for n in (10, 20)]
    (axes,) = curves({"VAE": [SimpleNamespace(history=rows)]}, "loss").axes
    assert axes.get_yscale() == scale
