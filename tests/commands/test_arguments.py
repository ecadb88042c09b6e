"""Mistakes in arguments are one line, before anything is read or written."""

import pytest

from aebench.core import memory


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--count", "1e12"], "1e12 is not allowed; allowed: whole numbers from 1 to 2147483647"),
        (["--count", "9" * 5000], "99…99"),
        (["--count", "0"], "0 is not allowed"),
        (["--seed", str(2**64)], "18446744073709551616 is not allowed; allowed: whole numbers"),
        (["--seed=-1"], "-1 is not allowed"),
        (["--output=--"], "--output=--: -- is no value"),
        (["--out\nput"], "unrecognized arguments: --out\\nput"),
        (["-o", "x" * 300], "File name too long"),
        (["-o", "ring"], "Too many levels of symbolic links"),
    ],
)
def test_an_argument_that_is_wrong_is_one_line(words, said, run, folder):
    (folder / "ring").symlink_to("ring")
    before = sorted(folder.iterdir())
    answer = run("sample", "models/grey-vae.safetensors", "-o", "out", *words)
    assert answer.returncode == 2 and answer.stderr.count("\n") == 1
    assert said in answer.stderr and len(answer.stderr) < 700
    assert sorted(folder.iterdir()) == before


@pytest.mark.parametrize(
    "words",
    [
        ("sample", "models/grey-vae.safetensors", "--count", 2**31 - 1),
        ("interpolate", "models/grey.safetensors", "a.png", "a.png", "--steps", 2**31 - 1),
    ],
)
def test_more_images_than_fit_into_memory_are_refused(words, run, folder, draw, monkeypatch):
    monkeypatch.setattr(memory, "available", lambda device: 2.0**30)
    draw(folder / "a.png", (6, 6))
    answer = run(*words, "-o", "out.png")
    assert answer.returncode == 2 and "GiB of memory; allowed: what fits" in answer.stderr
    assert not (folder / "out.png").exists()
