"""What general tools make of images, and what is said of it."""

import re

import numpy as np
import pytest

from aebench.baselines.general_tools import best_tool, comparison

NOISE = np.random.default_rng(0).integers(0, 256, (200, 1, 8, 8), np.uint8)


def test_of_the_tools_the_smallest_file_counts() -> None:
    _, noise = best_tool(NOISE)
    assert 63 < noise < 70
    name, bits = best_tool(np.where(NOISE > 127, 255, 0).astype(np.uint8))
    # A bit a pixel, and what is around them.
    assert 8 <= bits < 9.5, name


def test_of_large_images_a_few_are_tried() -> None:
    """All as tiles would be a picture of 20,000 pixels across, which WebP cannot have."""
    large = np.broadcast_to(np.zeros((), np.uint8), (400, 1, 1000, 1000))
    assert best_tool(large)[1] < 200


@pytest.mark.parametrize("model", [10_000, 123_456])
def test_a_model_pays_from_a_number_of_images_on(model: int) -> None:
    ours = 20 * len(NOISE)
    _, theirs = best_tool(NOISE)
    (number,) = map(int, re.findall(r"from (\d+) such images", comparison(ours, model, NOISE)))
    assert model + 20 * number < theirs * number
    assert model + 20 * (number - 1) >= theirs * (number - 1)


def test_a_tool_that_is_better_is_recommended() -> None:
    flat = np.zeros((200, 1, 8, 8), np.uint8)
    assert "use that" in comparison(400, 1000, flat)
