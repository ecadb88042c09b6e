"""Parts of data sets in the place of files: `data:tiny/test`."""

import csv
from pathlib import Path

import numpy as np
import pytest
import torch

import aebench
from aebench.data.prepared import Prepared

MODEL = "models/grey.safetensors"


@pytest.fixture(autouse=True)
def data(folder, prepared: Prepared) -> None:
    prepared.save(folder / "data" / "tiny" / "prepared.safetensors")


def rows(path: str) -> list[dict[str, str]]:
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_codes_of_a_part_have_its_numbers_and_labels(run, prepared) -> None:
    images, labels = prepared.part("test")
    names = [f"{i:02}" for i in range(40)]
    classes = [prepared.classes[label] for label in labels]
    for output in ("codes.npz", "codes.csv"):
        assert run("encode", MODEL, "data:tiny/test", "-o", output).returncode == 0
    codes = aebench.load(MODEL).encode(torch.from_numpy(images) / 255).numpy()
    with np.load("codes.npz", allow_pickle=False) as arrays:
        assert (arrays["names"].tolist(), arrays["labels"].tolist()) == (names, classes)
        np.testing.assert_allclose(arrays["codes"], codes, rtol=1e-5, atol=1e-6)
    table = rows("codes.csv")
    assert list(table[0]) == ["name", "label", "code_1", "code_2", "code_3"]
    assert [(row["name"], row["label"]) for row in table] == list(zip(names, classes, strict=True))


@pytest.mark.parametrize("ending", ["npz", "csv"])
def test_codes_with_labels_are_decoded(ending, run) -> None:
    assert run("encode", MODEL, "data:tiny/test", "-o", f"codes.{ending}").returncode == 0
    assert run("decode", MODEL, f"codes.{ending}", "-o", "decoded").returncode == 0
    assert run("reconstruct", MODEL, "data:tiny/test", "-o", "whole").returncode == 0
    for path in Path("whole").iterdir():
        assert path.read_bytes() == Path("decoded", path.name).read_bytes()


def test_files_beside_a_part_have_no_label(run, draw, folder) -> None:
    draw(folder / "in" / "a.png", (6, 6))
    assert run("score", MODEL, "data:tiny/test", "in", "-o", "s.csv").returncode == 0
    assert [(row["name"], row["label"]) for row in rows("s.csv")[:2]] == [
        ("a.png", ""),
        ("00", "b"),
    ]


def test_data_without_labels_have_no_column_of_them(run, prepared) -> None:
    unlabelled = Prepared(prepared.images, None, prepared.split, ())
    unlabelled.save(Path("data/none/prepared.safetensors"))
    assert run("score", MODEL, "data:none/test", "-o", "s.csv").returncode == 0
    assert list(rows("s.csv")[0]) == ["name", "squared_error"]


def test_a_file_of_the_same_name_is_the_file(run, draw, folder) -> None:
    draw(folder / "data:tiny" / "test" / "a.png", (6, 6))
    assert run("score", MODEL, "data:tiny/test", "-o", "s.csv").returncode == 0
    assert [row["name"] for row in rows("s.csv")] == ["a.png"]


@pytest.mark.parametrize(
    ("inputs", "said"),
    [
        (
            ["data:tiny"],
            "no part of a data set; allowed: data:DATASET/train, data:DATASET/validation",
        ),
        (["data:tiny/all"], "no part of a data set"),
        (["data:other/test"], "data/other/prepared.safetensors: no such file"),
        (["data:../tiny/test"], "no part of a data set"),
        (["data:tiny/test", "data:tiny/validation"], "00: is the name of two images"),
    ],
)
def test_what_is_no_part_is_one_line(inputs, said, run) -> None:
    answer = run("encode", MODEL, *inputs, "-o", "codes.csv")
    assert (answer.returncode, answer.stderr.count("\n")) == (2, 1), answer.stderr
    assert said in answer.stderr and not Path("codes.csv").exists()


def test_images_of_another_shape_are_one_line(run) -> None:
    answer = run("encode", "models/colour.safetensors", "data:tiny/test", "-o", "codes.csv")
    assert answer.returncode == 2
    assert "images of 1 x 6 x 6; allowed: those that the model takes, 3 x 8 x 10" in answer.stderr
