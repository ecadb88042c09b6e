import dataclasses
import json
import mmap
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from aebench.core import memory
from aebench.core.errors import InputError
from aebench.data import chunks
from aebench.data import prepared as module
from aebench.data.prepared import PARTS, Prepared

KINDS = pytest.mark.parametrize(
    ("labelled", "channels"), [(True, 1), (False, 1), (True, 3), (False, 3)]
)


@KINDS
def test_comes_back_as_it_was(
    labelled: bool, channels: int, tmp_path: Path, make_prepared: Callable[..., Prepared]
) -> None:
    prepared = make_prepared(labelled, channels)
    path = tmp_path / "new" / "prepared.safetensors"
    prepared.save(path)
    loaded = Prepared.load(path)
    for name in ("images", "labels", "split"):
        before, after = getattr(prepared, name), getattr(loaded, name)
        assert np.array_equal(before, after)
        assert before is None or before.dtype == after.dtype
    assert loaded.classes == prepared.classes
    assert loaded.checksum == prepared.checksum
    assert loaded.image_shape == [channels, 6, 5]


def test_the_same_data_gives_the_same_bytes(
    tmp_path: Path, make_prepared: Callable[..., Prepared]
) -> None:
    for name in ("a", "b"):
        make_prepared().save(tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_parts_divide_the_whole(make_prepared: Callable[..., Prepared]) -> None:
    prepared = make_prepared()
    sizes = {}
    for name, code in PARTS.items():
        images, labels = prepared.part(name)
        assert np.array_equal(images, prepared.images[prepared.split == code])
        assert np.array_equal(labels, prepared.labels[prepared.split == code])
        sizes[name] = len(images)
    assert sizes == {"train": 90, "validation": 10, "test": 20}


def test_parts_without_labels(make_prepared: Callable[..., Prepared]) -> None:
    assert make_prepared(labelled=False).part("test")[1] is None


@pytest.mark.parametrize("field", ["images", "labels", "split"])
def test_the_checksum_sees_every_change(field: str, make_prepared: Callable[..., Prepared]) -> None:
    prepared = make_prepared()
    changed = getattr(prepared, field).copy()
    changed.flat[5] ^= 1
    assert dataclasses.replace(prepared, **{field: changed}).checksum != prepared.checksum


def test_the_checksum_sees_the_shape_and_missing_labels(
    make_prepared: Callable[..., Prepared],
) -> None:
    prepared = make_prepared()
    turned = prepared.images.reshape(120, 1, 5, 6)
    sums = {
        prepared.checksum,
        dataclasses.replace(prepared, images=turned).checksum,
        dataclasses.replace(prepared, labels=None).checksum,
    }
    assert len(sums) == 3


def test_the_checksum_does_not_see_how_memory_is_laid_out(
    make_prepared: Callable[..., Prepared],
) -> None:
    prepared = make_prepared(channels=3)
    other = dataclasses.replace(prepared, images=np.asfortranarray(prepared.images))
    assert other.checksum == prepared.checksum


def test_a_missing_file_names_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no such file.*dvc repro"):
        Prepared.load(tmp_path / "prepared.safetensors")


@pytest.mark.parametrize(
    "damage",
    [
        lambda path, whole: path.write_bytes(b""),
        lambda path, whole: path.write_bytes(b"not safetensors, but long enough"),
        lambda path, whole: path.write_bytes(whole[: len(whole) // 2]),
        lambda path, whole: save_file({"x": np.zeros(1)}, path),
        lambda path, whole: save_file({"x": np.zeros(1)}, path, {"classes": "[]"}),
        lambda path, whole: save_file({"x": np.zeros(1)}, path, {"classes": "["}),
    ],
    ids=["empty", "other", "cut", "no metadata", "no images", "bad metadata"],
)
def test_a_damaged_file(
    damage: Callable, tmp_path: Path, make_prepared: Callable[..., Prepared]
) -> None:
    path = tmp_path / "prepared.safetensors"
    make_prepared().save(path)
    damage(path, path.read_bytes())
    with pytest.raises(InputError, match="damaged") as caught:
        Prepared.load(path)
    assert str(path) in str(caught.value)


def test_a_failed_save_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, make_prepared: Callable[..., Prepared], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "prepared.safetensors"
    make_prepared().save(path)
    before = path.read_bytes()

    def fail(*args: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(OSError, match="disk full"):
        make_prepared(seed=1).save(path)
    assert path.read_bytes() == before
    assert [entry.name for entry in tmp_path.iterdir()] == [path.name]


@KINDS
def test_files_are_those_of_safetensors_own_writer(
    labelled: bool, channels: int, tmp_path: Path, make_prepared: Callable[..., Prepared]
) -> None:
    prepared = make_prepared(labelled, channels)
    prepared.save(tmp_path / "ours")
    arrays = {"images": prepared.images, "split": prepared.split}
    arrays |= {"labels": prepared.labels} if labelled else {}
    save_file(arrays, tmp_path / "theirs", {"classes": json.dumps(prepared.classes)})
    assert (tmp_path / "ours").read_bytes() == (tmp_path / "theirs").read_bytes()


@KINDS
@pytest.mark.parametrize("large", [False, True])
def test_mapped_or_loaded_it_is_the_same(
    labelled: bool,
    channels: int,
    large: bool,
    tmp_path: Path,
    make_prepared: Callable[..., Prepared],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(chunks, "CHUNK_VALUES", 1000)
    if large:
        monkeypatch.setattr(module, "LARGE", 1000)
    prepared = make_prepared(labelled, channels)
    path = tmp_path / "prepared.safetensors"
    prepared.save(path)
    loaded = Prepared.load(path)
    monkeypatch.setattr(memory, "LARGEST_SHARE", 0)
    monkeypatch.setattr(memory, "SMALL", 0)
    mapped = Prepared.load(path)
    assert not is_mapped(loaded.images) and is_mapped(mapped.images)
    assert mapped.checksum == loaded.checksum
    assert (mapped.checksum == prepared.checksum) == (not large)
    for name in PARTS:
        expected = prepared.part(name)
        for found in (loaded.part(name), mapped.part(name)):
            assert all(map(np.array_equal, found, expected))
        assert mapped.part(name)[0].flags.writeable
        # The parts of large data are read where they lie.
        assert np.shares_memory(mapped.part(name)[0], mapped.images) == large


def is_mapped(array: np.ndarray) -> bool:
    while isinstance(array.base, np.ndarray):
        array = array.base
    return isinstance(array.base, memoryview | mmap.mmap)
