"""Names of metrics that a finished training may fail to reach, so that it has no value."""

import re

_TARGET = "evaluations_to_"
_RATE = re.compile(r"_at_[\d.]+")


def evaluations_to(target: float) -> str:
    """The metric that counts the gradient evaluations to an error of `target`."""
    return f"{_TARGET}{target:g}"


def is_to_a_target(metric: str) -> bool:
    """Whether it counts the gradient evaluations to an error."""
    return metric.startswith(_TARGET)


def is_at_a_rate(metric: str) -> bool:
    """Whether it is at a bit rate."""
    return bool(_RATE.search(metric))
