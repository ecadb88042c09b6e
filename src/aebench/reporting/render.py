"""The report as Markdown, and that as a self-contained HTML page."""

import base64
from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from markdown_it import MarkdownIt

from aebench.reporting.jinja import render_markdown
from aebench.reporting.markdown import Markdown, cells

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
PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy"
  content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<title>{title}</title>
<style>
body {{ max-width: 46rem; margin: 2rem auto; padding: 0 1rem; color: #222;
  font: 16px/1.55 system-ui, sans-serif; overflow-wrap: break-word; }}
h1, h2, h3 {{ line-height: 1.2; margin-top: 2em; }}
table {{ border-collapse: collapse; display: block; overflow-x: auto; font-size: 0.9em; }}
th, td {{ padding: 0.3em 0.8em; border-bottom: 1px solid #ddd; text-align: left; }}
img {{ max-width: 100%; display: block; margin: 1em auto; }}
code {{ background: #f4f4f4; padding: 0.1em 0.3em; border-radius: 3px; }}
</style>
</head>
<body>
{body}
</body>
</html>
"""


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
        hyperparameters=hyperparameters,
        patience=patience,
    )


def html(text: str, folder: Path) -> str:
    """A Markdown text as an HTML page that contains its PNGs, which are below `folder`.

    HTML within the text is shown, not used.
    """
    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = parser.parse(text)
    for token in (part for block in tokens for part in block.children or ()):
        if token.type == "image":
            picture = (folder / unquote(str(token.attrs["src"]))).read_bytes()
            token.attrs["src"] = f"data:image/png;base64,{base64.b64encode(picture).decode()}"
    # A heading's text is the token after that of its beginning.
    title = "".join(part.content for part in tokens[1].children or ())
    return PAGE.format(title=escape(title), body=parser.renderer.render(tokens, parser.options, {}))


def value(metrics: Mapping[str, Any], path: str) -> str:
    """The metric at a dotted path, with its standard deviation if it has one: `2.58 ± 0.01`.

    Two decimals, or as many as a small deviation needs.
    """
    *groups, name = path.split(".")
    values = metrics
    for group in groups:
        values = values[group]
    spread = values.get(f"{name}_sd")
    if spread is None:
        return f"{values[name]:.2f}"
    decimals = next((n for n in (2, 3, 4) if round(spread, n) > 0), 2)
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
