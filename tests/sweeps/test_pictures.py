"""Pictures of a sweep, with trials whose losses are given."""

import re

import pytest

from aebench.experiments.recipe import Recipe
from aebench.sweeps import interactive, pictures

RANDOM = {"name": "random"}
NONE = {"name": "none"}


def falling(recipe: Recipe) -> list[float]:
    """Losses of six epochs that approach the rate."""
    rate = recipe.training.optimizer.lr
    return [rate + 0.5**epoch for epoch in range(6)]


def legend(figure) -> list[str]:
    """Return the legend's labels."""
    (axes,) = figure.axes
    return [text.get_text() for text in axes.get_legend().get_texts()]


def test_legends_name_only_what_is_plotted(drive) -> None:
    trials = drive(falling, trials=4, sampler=RANDOM, pruner=NONE).finished
    assert legend(pictures.history(trials)) == ["finished", "lowest so far"]
    assert set(legend(pictures.intermediate(trials))) == {"to its end", "the best"}
    median = {"name": "median", "startup": 1}
    trials = drive(falling, trials=8, sampler=RANDOM, pruner=median).finished
    assert "pruned" in legend(pictures.history(trials))
    assert set(legend(pictures.intermediate(trials))) == {"to its end", "the best", "pruned"}


@pytest.mark.parametrize("status", ["diverged", "out of memory", "failed"])
def test_a_trial_without_a_result_does_not_look_finished(status, drive) -> None:
    trials = drive(falling, trials=3, sampler=RANDOM, pruner=NONE).finished
    trials[-1].user_attrs["status"] = status
    figure = pictures.intermediate(trials)
    assert set(legend(figure)) == {"to its end", "the best", status}
    *ended, bad, cross = figure.axes[0].lines
    assert {line.get_color() for line in ended}.isdisjoint({bad.get_color()})
    assert cross.get_marker() == "x"


def test_names_of_choices_are_readable_over_the_lines(drive) -> None:
    driver = drive(falling, trials=4, sampler=RANDOM, pruner=NONE)
    (axes,) = pictures.parallel(driver.sweep, driver.finished).axes
    lines = max(line.get_zorder() for line in axes.lines)
    assert "adamw" in [text.get_text() for text in axes.texts]
    for text in axes.texts:
        assert text.get_zorder() > lines and text.get_bbox_patch().get_facecolor()[:3] == (1, 1, 1)


def test_labels_are_as_short_as_they_are_clear() -> None:
    names = ["training.optimizer.name", "training.schedule.name", "training.optimizer.lr (sgd)"]
    names += ["training.optimizer.lr (adamw, muon)", "model.dropout", "precision"]
    assert list(interactive.labels(names).values()) == [
        "optimizer.name",
        "schedule.name",
        "lr (sgd)",
        "lr (adamw, muon)",
        "dropout",
        "precision",
    ]


@pytest.mark.parametrize("count", [1, 5])
def test_the_interactive_page_has_short_labels_and_is_no_wider_than_a_page(
    count: int, drive, project
) -> None:
    names = [f"training.optimizer.{key}" for key in ("lr", "beta1", "beta2", "weight_decay")]
    domain = {"low": 0.1, "high": 0.2}
    space = dict.fromkeys([*names, "model.dropout"][:count], domain)
    driver = drive(falling, trials=5, sampler=RANDOM, pruner=NONE, space=space)
    interactive.draw(driver.sweep, driver.study, project / "pictures")
    text = (project / "pictures" / "interactive.html").read_text()
    assert '"text":"lr"' in text
    assert "training.optimizer" not in text
    assert not re.findall(r'"width":\d{3,}', text)
    # Five slices are a row of four and one below.
    below = re.findall(r'"xaxis5":{[^}]*"domain":\[0(?:\.0)?,', text)
    assert len(below) == (1 if count == 5 else 0)
