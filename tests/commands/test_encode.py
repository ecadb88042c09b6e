"""Codes in files, and back to images."""

import csv
import os
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch

import aebench

MODEL = "models/colour.safetensors"
NAMES = ["a, b.png", "c/ü.png"]


@pytest.fixture
def images(folder, draw) -> torch.Tensor:
    pixels = np.stack([draw(folder / "in" / name, (8, 10, 3)) for name in NAMES])
    return torch.from_numpy(pixels).permute(0, 3, 1, 2) / 255


def test_both_files_hold_the_codes_of_the_model(folder, run, images) -> None:
    codes = aebench.load(MODEL).encode(images).numpy()
    for output in ("codes.npz", "codes.csv"):
        assert run("encode", MODEL, "in", "-o", output).returncode == 0
    with np.load("codes.npz", allow_pickle=False) as arrays:
        assert sorted(arrays) == ["codes", "names"]
        assert arrays["names"].tolist() == NAMES
        assert arrays["codes"].dtype == np.float32
        np.testing.assert_allclose(arrays["codes"], codes, rtol=1e-5, atol=1e-6)
        exact = arrays["codes"].copy()
    with open("codes.csv", newline="", encoding="utf-8") as file:
        header, *lines = csv.reader(file)
    assert header == ["name", "code_1", "code_2", "code_3"]
    assert [line[0] for line in lines] == NAMES
    np.testing.assert_array_equal(np.array([line[1:] for line in lines], np.float32), exact)


@pytest.mark.parametrize("output", ["codes.npz", "codes.csv"])
def test_decoded_codes_are_the_reconstructions(output, folder, run, images) -> None:
    assert run("encode", MODEL, "in", "-o", output).returncode == 0
    assert run("reconstruct", MODEL, "in", "-o", "reconstructed").returncode == 0
    assert run("decode", MODEL, output, "-o", "decoded").returncode == 0
    for name in NAMES:
        assert Path("decoded", name).read_bytes() == Path("reconstructed", name).read_bytes()


def pickled(path: Path) -> None:
    np.savez(path, names=np.array(["a"], object), codes=np.zeros((1, 3)))


def zipped(codes: bytes):
    """An .npz whose array `codes` is these bytes."""

    def write(path: Path) -> None:
        np.savez(path, names=np.array(["a"]))
        with zipfile.ZipFile(path, "a") as archive:
            archive.writestr("codes.npy", codes)

    return write


def header(shape: str) -> bytes:
    text = f"{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}}}\n".encode()
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text


def saved(names, codes):
    return lambda path: np.savez(path, names=np.array(names), codes=np.array(codes))


def text(content: str):
    return lambda path: path.write_text(content)


def named(*names: str):
    return text("name,code_1,code_2,code_3\n" + "".join(f"{name},1,2,3\n" for name in names))


@pytest.mark.parametrize(
    ("name", "write", "said"),
    [
        ("a.npz", lambda path: None, "no such file; `aebench encode` writes it"),
        ("a.npz", os.mkfifo, "a named pipe, not a regular file"),
        ("a.csv", os.mkfifo, "a named pipe, not a regular file"),
        ("a.npy", text(""), "allowed: names that end in .npz or .csv"),
        ("a.npz", text(""), "damaged, or no file of codes"),
        ("a.npz", text("PK\x03\x04 and nothing"), "damaged, or no file of codes"),
        ("a.npz", pickled, "damaged, or no file of codes"),
        ("a.npz", lambda path: np.savez(path, other=np.zeros(3)), "damaged, or no file of codes"),
        ("a.npz", lambda path: np.save(path.open("wb"), np.zeros(3)), "damaged, or no file of"),
        ("a.npz", zipped(b"no array"), "damaged, or no file of codes"),
        ("a.npz", zipped(header("(1000000000000000, 1)")), "bytes (shape (1000000000000000, 1))"),
        ("a.csv", text(f"name,code_1\na,{'1' * 200_000}\n"), "damaged, or no file of codes"),
        ("a.npz", saved(["a"], [[0.0, 1.0]]), "codes of 2 numbers; the model takes 3"),
        ("a.npz", saved(["a", "b"], [[0.0, 1.0, 2.0]]), "(1, 3) numbers for 2 names"),
        ("a.npz", saved(["a"], [[0.0, np.nan, 2.0]]), "not all numbers are finite"),
        ("a.npz", saved(["../a"], [[0.0, 1.0, 2.0]]), "'../a' is no name of an image"),
        ("a.npz", saved(["/etc/a"], [[0.0, 1.0, 2.0]]), "'/etc/a' is no name of an image"),
        ("a.npz", saved(["a.png", "a.jpg"], np.zeros((2, 3))), "would both be written to a.png"),
        ("a.csv", named("a\0b"), "'a\\x00b' is no name of an image"),
        ("a.csv", text(""), "its first line is not: name,"),
        ("a.csv", text("name,code_1\n"), "numbers for 0 names"),
        ("a.csv", text("name,code_1,code_2,code_3\na,1,2\n"), "line 2: 3 columns, but 4"),
        ("a.csv", text("name,code_1,code_2,code_3\na,1,2,x\n"), "line 2: could not convert"),
    ],
)
def test_files_that_hold_no_codes_are_refused(name, write, said, folder, run) -> None:
    write(folder / name)
    answer = run("decode", MODEL, name, "-o", "out")
    assert (answer.returncode, answer.stderr.count("\n")) == (2, 1), answer.stderr
    assert said in answer.stderr
    assert not Path("out").exists()


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (["a.png", "a.png/b.png"], "out/a.png/b.png: File exists; allowed: names"),
        (["a.png/b.png", "a.png"], "out/a.png: Is a directory; allowed: names"),
        (["a" * 300], "a.png: File name too long; allowed: names that are short"),
    ],
)
def test_names_that_no_files_can_have(names, said, folder, run) -> None:
    named(*names)(folder / "codes.csv")
    answer = run("decode", MODEL, "codes.csv", "-o", "out")
    # The line above it is the bar.
    assert answer.returncode == 2 and said in answer.stderr.splitlines()[-1]
    assert not Path("out").exists()
