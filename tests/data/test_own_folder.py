"""What DVC would stop at in `own/` is named beforehand."""

import contextlib
import os
import socket
from pathlib import Path

import pytest

from aebench.core.errors import InputError, one_line
from aebench.data.own_folder import check_own


def not_utf_8(folder: Path) -> None:
    (folder / os.fsdecode(b"gr\xfcn.png")).touch()


def folder_not_utf_8(folder: Path) -> None:
    (folder / os.fsdecode(b"gr\xfcn")).mkdir()


def pipe(folder: Path) -> None:
    os.mkfifo(folder / "pipe.png")


def linked_pipe(folder: Path) -> None:
    os.mkfifo(folder.parents[1] / "pipe")
    (folder / "link.png").symlink_to(folder.parents[1] / "pipe")


def bound_socket(folder: Path) -> None:
    # The path of a socket may have 100 characters.
    with contextlib.chdir(folder), socket.socket(socket.AF_UNIX) as bound:
        bound.bind("socket")


def broken_link(folder: Path) -> None:
    (folder / "link.png").symlink_to("nowhere")


def ring(folder: Path) -> None:
    (folder / "ring").symlink_to("ring")


@pytest.mark.parametrize(
    ("put", "says"),
    [
        (not_utf_8, r"gr\udcfcn.png: its name is not UTF-8"),
        (folder_not_utf_8, r"gr\udcfcn: its name is not UTF-8"),
        (pipe, "pipe.png: a named pipe"),
        (linked_pipe, "link.png: a named pipe"),
        (bound_socket, "socket: a socket"),
        (broken_link, "link.png: No such file or directory"),
        (ring, "ring: Too many levels of symbolic links"),
    ],
)
def test_what_dvc_stops_at_is_named(put, says: str, tmp_path: Path) -> None:
    inside = tmp_path / "own" / "flowers"
    inside.mkdir(parents=True)
    (inside / "größe 日本.png").touch()
    (inside / "elsewhere").symlink_to(tmp_path)
    check_own(tmp_path / "own")
    put(inside)
    with pytest.raises(InputError) as caught:
        check_own(tmp_path / "own")
    assert says in one_line(str(caught.value))


def test_what_may_not_be_read_is_named(unprivileged: Path) -> None:
    (unprivileged / "a").mkdir()
    (unprivileged / "a" / "1.png").touch(0o000)
    with pytest.raises(InputError, match=r"1\.png: may not be read"):
        check_own(unprivileged)
    (unprivileged / "a").chmod(0)
    with pytest.raises(InputError, match="a: may not be read"):
        check_own(unprivileged)


def test_without_the_folder_there_is_nothing_to_check(tmp_path: Path) -> None:
    check_own(tmp_path / "own")
