"""Numbers and pages for people."""

import pytest
from matplotlib.figure import Figure

from aebench.core.schema import parse
from aebench.pipeline.report import best_start, start_verdict, vae_leads
from aebench.plots.style import save_figure
from aebench.reporting import render
from aebench.reporting.html import self_contained
from aebench.training.optimizers.base import Optimizer


def test_a_value_shows_its_spread_where_there_is_one():
    values = {"x": 2.5789, "x_sd": 0.0123, "y": 1.0, "z": 2.5789, "z_sd": 0.0041, "same_sd": 0.0}
    metrics = {"a": {"test": values | {"same": 3.0, "near": 3.0, "near_sd": 0.00003}}}
    assert render.value(metrics, "a.test.x") == "2.58 ± 0.01"
    assert render.value(metrics, "a.test.y") == "1.00"
    assert render.value(metrics, "a.test.z") == "2.579 ± 0.004"
    assert render.value(metrics, "a.test.same") == "3.00 ± 0"
    assert render.value(metrics, "a.test.near") == "3.00 ± < 0.01"


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
    ("finetuned", "scratch", "says", "best"),
    [
        ((2.0, 0.1), (3.0, 0.1), "with pretraining 33.3% less", {"finetuned"}),
        ((3.0, 0.1), (2.0, 0.1), "with pretraining 50.0% more", {"scratch"}),
        ((2.0, 0.4), (3.0, 0.4), "within the spread", {"finetuned", "scratch"}),
        ((2.03, 0.001), (2.0, 0.001), "less than 2%", {"finetuned", "scratch"}),
        ((2.0, None), (3.0, None), "one seed", {"finetuned", "scratch"}),
    ],
)
def test_a_start_is_better_only_by_a_difference_beyond_the_spread(finetuned, scratch, says, best):
    def model(mean, sd):
        return {"test": {"sse_per_image": mean} | ({"sse_per_image_sd": sd} if sd else {})}

    metrics = {"finetuned": model(*finetuned), "scratch": model(*scratch)}
    assert best_start(metrics) == best
    assert says in start_verdict(metrics, ["a layer"])
    assert says.replace("with pretraining", "from PCA") in start_verdict(metrics, [])


@pytest.mark.parametrize(
    ("nll", "counting", "leads"),
    [(80.0, 5.0, {"vae"}), (120.0, 5.0, {"factorized"}), (80.0, 1.0, set())],
)
def test_a_likelihood_leads_if_it_is_higher_and_rests_on_enough_samples(nll, counting, leads):
    vae = {"test": {"nll": nll, "effective_samples": counting}}
    metrics = {"vae": vae, "factorized": {"test": {"nll": 100.0}}}
    # A nat for each of 100 numbers are 1.44 bits.
    for bits, all_lead in [(1.5, leads), (1.1, {"general_tool"} if counting > 2 else set())]:
        metrics["general_tool"] = {"called": "WebP", "test": {"bits_per_value": bits}}
        assert {name for name, best in vae_leads(metrics, 100).items() if best} == all_lead
    assert vae_leads({"vae": vae}, 100) == {"vae": counting > 2}
