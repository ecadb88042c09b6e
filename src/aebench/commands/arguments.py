"""Types of command-line arguments."""

import argparse
import math
import os
from collections.abc import Callable
from pathlib import Path

from aebench.commands.named.name import parse_name
from aebench.core.errors import InputError, brief
from aebench.core.limits import LARGEST_COUNT, LARGEST_SEED


def within(smallest: int, largest: int) -> Callable[[str], int]:
    """The type of a whole number of this range, both ends included."""

    def number(text: str) -> int:
        try:
            value = int(text)
        except ValueError:
            value = smallest - 1
        if not smallest <= value <= largest:
            raise argparse.ArgumentTypeError(
                f"{brief(text)} is not allowed; allowed: whole numbers from {smallest} to {largest}"
            )
        return value

    return number


count, count_from_2, seed = (
    within(1, LARGEST_COUNT),
    within(2, LARGEST_COUNT),
    within(0, LARGEST_SEED),
)


def path(text: str) -> Path:
    """The type of a path, at which there may be something or not."""
    try:
        os.stat(text)
    except (FileNotFoundError, NotADirectoryError):
        pass
    except OSError as error:
        raise argparse.ArgumentTypeError(f"{brief(text, 200)}: {error.strerror}") from None
    except ValueError:
        raise argparse.ArgumentTypeError(f"{brief(text, 200)} is no name of a file") from None
    return Path(text)


def model(text: str) -> str:
    """The type of a model: the path of a saved one, or a name such as `study:likelihood/vae/0`."""
    try:
        name = parse_name(text)
    except InputError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
    if name is None:
        path(text)
    return text


def above_zero(text: str) -> float:
    """The type of a finite number above 0."""
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < math.inf:
        raise argparse.ArgumentTypeError(f"{brief(text)} is not allowed; allowed: numbers above 0")
    return value


def rate(text: str) -> float:
    """The type of a share between 0 and 1, neither included."""
    value = above_zero(text)
    if value >= 1:
        raise argparse.ArgumentTypeError(f"{brief(text)} is not allowed; allowed: below 1")
    return value


def reason(text: str) -> str:
    """The type of a reason: some words."""
    if not text.strip():
        raise argparse.ArgumentTypeError("it is empty; allowed: the reason, in words")
    return text.strip()
