import dataclasses
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from aebench.data.card import data_card, examples, spread
from aebench.data.prepared import Prepared
from aebench.plots.images import image_rows
from aebench.plots.style import save_figure


def test_counts_and_pixels(make_prepared: Callable[..., Prepared]) -> None:
    prepared = make_prepared()
    card = data_card(prepared)
    train = prepared.images[prepared.split == 0].astype(np.float64) / 255
    assert card["images"] == {"train": 90, "validation": 10, "test": 20}
    assert card["images_per_class"]["train"] == {"a": 45, "b": 30, "ç": 15}
    assert card["images_per_class"]["validation"] == {"a": 5, "b": 3, "ç": 2}
    assert card["images_per_class"]["test"] == {"a": 10, "b": 7, "ç": 3}
    assert card["image_shape"] == [1, 6, 5]
    assert card["pixel_mean"] == pytest.approx(train.mean(), abs=1e-6)
    assert card["pixel_sd"] == pytest.approx(train.std(), abs=1e-6)
    assert card["checksum"] == prepared.checksum


def test_the_test_part_does_not_move_the_pixel_statistics(
    make_prepared: Callable[..., Prepared],
) -> None:
    prepared = make_prepared()
    images = np.where((prepared.split == 0)[:, None, None, None], prepared.images, 0)
    assert (
        data_card(dataclasses.replace(prepared, images=images))["pixel_mean"]
        == data_card(prepared)["pixel_mean"]
    )


@pytest.mark.parametrize("labelled", [True, False])
def test_is_plain_json(labelled: bool, make_prepared: Callable[..., Prepared]) -> None:
    card = data_card(make_prepared(labelled))
    assert json.loads(json.dumps(card, allow_nan=False)) == card
    assert ("images_per_class" in card) == labelled


def test_examples_are_training_images_of_one_class_a_row(
    make_prepared: Callable[..., Prepared],
) -> None:
    prepared = make_prepared()
    images, labels = prepared.part("train")
    for label, row in enumerate(examples(prepared)):
        assert np.array_equal(row, images[labels == label][:12])


def test_examples_without_labels_are_from_the_whole_part(
    make_prepared: Callable[..., Prepared],
) -> None:
    prepared = make_prepared(False)
    images, _ = prepared.part("train")
    rows = examples(prepared, each=3)
    assert np.array_equal(np.concatenate(rows), images[spread(len(images), 15)])


@pytest.mark.parametrize(
    ("length", "count", "chosen"),
    [(10, 3, [0, 3, 6]), (10, 10, range(10)), (3, 5, range(3)), (0, 4, [])],
)
def test_images_are_taken_as_far_apart_as_they_can_be(length, count, chosen) -> None:
    assert list(spread(length, count)) == list(chosen)


@pytest.mark.parametrize(("labelled", "channels"), [(True, 1), (False, 1), (True, 3), (False, 3)])
def test_the_picture_is_the_same_each_time(
    labelled: bool, channels: int, tmp_path: Path, make_prepared: Callable[..., Prepared]
) -> None:
    for name in ("a.png", "b.png"):
        save_figure(image_rows(examples(make_prepared(labelled, channels))), tmp_path / name)
    content = (tmp_path / "a.png").read_bytes()
    assert content.startswith(b"\x89PNG") and content == (tmp_path / "b.png").read_bytes()
