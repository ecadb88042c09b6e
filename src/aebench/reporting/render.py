"""The report as Markdown."""

from collections.abc import Mapping
from typing import Any

from aebench.reporting.jinja import render_markdown
from aebench.reporting.markdown import Markdown, cells, escape

METHODS = {
    "greedy": "Greedy pretraining: each layer and its mirror learn to reconstruct the "
    "codes of the layers before, which stay as they are.",
    "grow": "Growing: a new, narrower bottleneck is inserted into the middle, and the whole "
    "autoencoder is trained on.",
}
BINARIZATIONS = {
    "stochastic": "afresh each time an image is used",
    "fixed": "once and for all",
    "none": "not at all (so these are no likelihoods)",
}


def markdown(context: Mapping[str, Any], metrics: Mapping[str, Any]) -> Markdown:
    """Render the report's template with `context` and the helpers of this module."""
    return render_markdown(
        "aebench.reporting",
        "report.md.j2",
        **context,
        methods=METHODS,
        value=lambda path: value(metrics, path),
        row=lambda model, name: cells(
            value(metrics, f"{model}.{part}.{name}") for part in ("train", "validation", "test")
        ),
        led=led,
        cells=cells,
    )


def led(text: str, leads: bool) -> Markdown:
    """The text, in bold where it is of what is best."""
    return Markdown(f"**{escape(text)}**") if leads else escape(text)


def value(metrics: Mapping[str, Any], path: str) -> str:
    """The metric at a dotted path, with its standard deviation if it has one: `2.58 ± 0.01`.

    Two decimals, or up to four where a small deviation needs them; `2.58 ± < 0.01` below these.
    """
    *groups, name = path.split(".")
    values = metrics
    for group in groups:
        values = values[group]
    spread = values.get(f"{name}_sd")
    if spread is None:
        return f"{values[name]:.2f}"
    decimals = next((n for n in (2, 3, 4) if round(spread, n) > 0), None)
    if decimals is None:
        return f"{values[name]:.2f} ± {'< 0.01' if spread else '0'}"
    return f"{values[name]:.{decimals}f} ± {spread:.{decimals}f}"


def hyperparameters(config: Mapping[str, Any]) -> str:
    """`{"name": "sgd", "lr": 0.1}` -> `sgd, lr 0.1`."""
    values = {
        key: f"{value:g}" if isinstance(value, int | float) else value
        for key, value in config.items()
        if key != "name"
    }
    return ", ".join([config["name"], *(f"{key} {value}" for key, value in values.items())])


def patience(training: Mapping[str, Any]) -> str:
    """When a training stops early: `20 epochs without a better validation loss`."""
    epochs = training["patience"]
    return f"{epochs} epochs without a better validation loss" if epochs else "the last epoch"
