"""Explanations of metrics: a line each, with the better direction.

Here those of objectives and of a study's table; measures bring their own.
"""

import re
from collections.abc import Iterator
from typing import Literal

from aebench.measures.base import Measure
from aebench.measures.words import OF_PIXELS
from aebench.reporting.markdown import Markdown, escape

PARTS = {"train": "training"}
# Regular expression of names -> explanation.
MEANINGS = {
    r"(train|validation|test)_sse_per_image": f"squared error of {{}} images, {OF_PIXELS}; ↓",
    r"(train|validation|test)_bce_per_pixel": "cross-entropy of {} images, nats a pixel; ↓",
    r"(train|validation|test)_accuracy": "share of {} images that the classifier reads rightly; ↑",
    r"pca_(validation|test)_sse_per_image": f"squared error of {{}} images, {OF_PIXELS}, by PCA, "
    "fitted to the same training images, as many numbers in the code, clipped to [0, 1]; ↓",
    r"mean_test_sse_per_image": "squared error of test images by the mean training image; ↓",
    r"gap": "squared error of test images less that of training images",
    r"gradient_first": "log10 of the gradient's norm in the first layer, at the first update",
    r"gradient_ratio": "log10 of the gradient's norm in the first layer less that in the last, at "
    "the first update: far below 0, it vanishes",
    r"fall_at_end": "share by which the validation loss fell in the last tenth of the epochs",
    r"updates": "steps of the optimizer",
}


def meaning(metric: str) -> str | None:
    """A metric's explanation, at its end ↓ or ↑ if less or more is better; None if unknown."""
    for meanings in _all():
        for pattern, text in meanings.items():
            if match := re.fullmatch(pattern, metric):
                return text.format(*(PARTS.get(group, group) for group in match.groups()))
    return None


def _all() -> Iterator[dict[str, str]]:
    yield MEANINGS
    for _, measure in sorted(Measure.known().items()):
        yield measure.glossary


def better(metric: str) -> Literal["higher", "lower"] | None:
    """The better direction of a metric; None if it has none or is unknown."""
    text = meaning(metric) or ""
    if text.endswith("↑"):
        return "higher"
    return "lower" if text.endswith("↓") else None


def lines(metrics: list[str]) -> Markdown:
    """A Markdown list of the metrics that have an explanation, in their order."""
    known = [(metric, meaning(metric)) for metric in dict.fromkeys(metrics)]
    return Markdown(
        "\n".join(
            f"- *{escape(readable(metric))}*: {escape(text)}" for metric, text in known if text
        )
    )


def readable(metric: str) -> str:
    return metric.replace("_", " ")
