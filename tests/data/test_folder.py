"""Which files of a folder are images, and what is said of the others."""

import os
from pathlib import Path

import pytest

from aebench.core.errors import InputError
from aebench.data.folder import find_images


def touch(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()


@pytest.mark.parametrize(
    "name",
    [
        "a/.1.png",
        "a/._1.png",
        ".thumbs/1.png",
        "a/@eaDir/1.png/SYNOPHOTO_THUMB_M.jpg",
        "a/.@__thumb/1.jpg",
        "__MACOSX/a/1.png",
        "#recycle/1.png",
        "a/.ipynb_checkpoints/1-checkpoint.png",
    ],
)
def test_hidden_twins_and_thumbnails_are_passed_over_and_said(name: str, tmp_path: Path) -> None:
    touch(tmp_path / "a" / "1.png")
    touch(tmp_path / name)
    found = find_images(tmp_path)
    assert found.images == [Path("a/1.png")]
    assert found.notes() == [f"Passed over: 1 hidden image or thumbnail, such as {name}"]


def test_links_to_folders_are_followed_once_or_said(tmp_path: Path) -> None:
    touch(tmp_path / "data" / "a" / "1.png")
    touch(tmp_path / "elsewhere" / "2.png")
    (tmp_path / "data" / "b").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "data" / "a" / "deeper").symlink_to(tmp_path / "elsewhere")
    # All images would come twice.
    (tmp_path / "data" / "ring").symlink_to(tmp_path)
    found = find_images(tmp_path / "data")
    assert found.images == [Path("a/1.png"), Path("b/2.png")]
    assert found.links == [Path("a/deeper"), Path("ring")]
    assert found.notes() == ["Passed over: 2 links to folders, such as a/deeper"]


def test_an_unreadable_folder_is_an_error_unless_it_is_the_system_s(unprivileged: Path) -> None:
    touch(unprivileged / "a" / "1.png")
    touch(unprivileged / "lost+found" / "2.png")
    (unprivileged / "lost+found").chmod(0)
    assert find_images(unprivileged).images == [Path("a/1.png")]
    touch(unprivileged / "b" / "deeper" / "3.png")
    (unprivileged / "b" / "deeper").chmod(0)
    with pytest.raises(InputError, match="b/deeper: Permission denied"):
        find_images(unprivileged)
    (unprivileged / "b").chmod(0)
    with pytest.raises(InputError, match="b/deeper: Permission denied"):
        find_images(unprivileged / "b" / "deeper")


def test_no_folder(tmp_path: Path) -> None:
    touch(tmp_path / "1.png")
    for name in ("none", "1.png", "1.png/inside"):
        with pytest.raises(InputError, match="no such folder"):
            find_images(tmp_path / name)
    os.symlink("ring", tmp_path / "ring")
    for name in ("ring", "n" * 300):
        with pytest.raises(InputError, match=r"symbolic links|too long"):
            find_images(tmp_path / name)
