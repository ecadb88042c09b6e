"""Numbers and pages for people."""

import pytest
from matplotlib.figure import Figure

from aebench.core.schema import parse
from aebench.pipeline.report import start_verdict
from aebench.plots.style import save_figure
from aebench.reporting import render
from aebench.reporting.html import self_contained
from aebench.training.optimizers.base import Optimizer


def test_a_value_shows_its_spread_where_there_is_one():
    values = {"x": 2.5789, "x_sd": 0.0123, "y": 1.0, "z": 2.5789, "z_sd": 0.0041, "same_sd": 0.0}
    metrics = {"a": {"test": values | {"same": 3.0}}}
    assert render.value(metrics, "a.test.x") == "2.58 ± 0.01"
    assert render.value(metrics, "a.test.y") == "1.00"
    assert render.value(metrics, "a.test.z") == "2.579 ± 0.004"
    assert render.value(metrics, "a.test.same") == "3.00 ± 0.00"


def test_any_optimizer_s_hyperparameters_are_shown():
    config = parse(Optimizer, {"name": "sgd", "lr": 0.1, "momentum": 0.9}, "optimizer")
    said = render.hyperparameters(config.model_dump())
    assert said.startswith("sgd, lr 0.1, momentum 0.9")
    assert "momentum_schedule constant" in said


def test_the_page_holds_its_pictures(tmp_path):
    figure = Figure(figsize=(1, 1))
    save_figure(figure, tmp_path / "figures" / "a.png")
    page = self_contained("# Title\n\n![A](figures/a.png)\n\n| a |\n| --- |\n| 1 |\n", tmp_path)
    assert "<title>Title</title>" in page and "<td>1</td>" in page
    assert 'src="data:image/png;base64,iVBOR' in page and "figures/a.png" not in page


def test_a_figure_has_the_same_bytes_each_time(tmp_path):
    for name in ("a.png", "b.png"):
        figure = Figure()
        figure.subplots().plot([1, 2, 3])
        save_figure(figure, tmp_path / name)
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()


@pytest.mark.parametrize(
    ("finetuned", "scratch", "says"),
    [
        ((2.0, 0.1), (3.0, 0.1), "with pretraining 33.3% less"),
        ((3.0, 0.1), (2.0, 0.1), "with pretraining 50.0% more"),
        ((2.0, 0.4), (3.0, 0.4), "within the spread"),
        ((2.03, 0.001), (2.0, 0.001), "less than 2%"),
        ((2.0, None), (3.0, None), "one seed"),
    ],
)
def test_the_verdict_on_a_start_needs_a_difference_beyond_the_spread(finetuned, scratch, says):
    def model(mean, sd):
        return {"test": {"sse_per_image": mean} | ({"sse_per_image_sd": sd} if sd else {})}

    metrics = {"finetuned": model(*finetuned), "scratch": model(*scratch)}
    assert says in start_verdict(metrics, ["a layer"])
    assert says.replace("with pretraining", "from PCA") in start_verdict(metrics, [])
