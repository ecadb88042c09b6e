"""Other divisions of the same images."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np

from aebench.commands.data_part import read_part
from aebench.core import paths
from aebench.data.divisions import of_checksum, redrawn, without_test
from aebench.data.examples import examples, without
from aebench.data.prepared import PARTS, Prepared


def test_a_new_division_has_the_same_sizes_and_another_checksum(prepared: Prepared) -> None:
    one, two = redrawn(prepared, 1), redrawn(prepared, 2)
    for part in PARTS:
        assert one.count(part) == prepared.count(part)
    assert len({prepared.checksum, one.checksum, two.checksum}) == 3
    assert redrawn(prepared, 1).checksum == one.checksum


def test_without_test_images_the_others_stay(prepared: Prepared) -> None:
    left = without_test(prepared)
    assert left.count("test") == 0 and len(left.part("test")[0]) == 0
    for part in ("train", "validation"):
        assert np.array_equal(left.part(part)[0], prepared.part(part)[0])
    # Nothing that looks for test images fails for want of them.
    assert without(left, [0]).count("test") == 0
    conditional = SimpleNamespace(classes=4)
    assert len(examples(left, "test", conditional)) == 0


def test_the_images_of_a_part_are_those_that_a_training_has_not_seen(
    prepared: Prepared, tmp_path, monkeypatch
) -> None:
    monkeypatch.chdir(tmp_path)
    prepared.save(paths.prepared("tiny"))
    other = redrawn(prepared, 7)
    trained = SimpleNamespace(data=other.checksum, seed=7)
    given = Path("data:tiny/test")
    found = read_part(given, prepared.image_shape, trained)
    assert np.array_equal(found.pixels, other.part("test")[0])
    # Of a training on the data as they are, and of one on other data: the data as they are.
    for checksum in (prepared.checksum, "0" * 16):
        found = read_part(given, prepared.image_shape, SimpleNamespace(data=checksum, seed=7))
        assert np.array_equal(found.pixels, prepared.part("test")[0])
    assert of_checksum(prepared, other.checksum, 7).checksum == other.checksum
