"""Plug-ins: loading, messages for broken ones, and modules that are never imported."""

import os
import pickle
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from aebench import load
from aebench.core import code_hashes, plugins
from aebench.core.errors import InputError
from aebench.core.files import read_json
from aebench.core.registry import KINDS
from aebench.core.schema import parse
from aebench.core.sealed import read_sealed, write_sealed
from aebench.data.prepared import Prepared
from aebench.nets.base import Encoder
from aebench.training import saved_models
from aebench.training.runs import Run, RunSpec, RunStore
from aebench.training.train import train_run

MINE = """
from typing import Literal
from torch import nn
from aebench.nets.base import Encoder

class Mine(Encoder):
    net: Literal["mine"]
    hidden: int = 5

    def build(self, image_shape, outputs):
        channels, height, width = image_shape
        size = channels * height * width
        return nn.Sequential(
            nn.Flatten(), nn.Linear(size, self.hidden), nn.ReLU(), nn.Linear(self.hidden, outputs)
        )
"""
SPEC = {
    "model": {
        "name": "autoencoder",
        "code": 3,
        "encoder": {"net": "mine"},
        "decoder": {"widths": [5], "unit": "tanh"},
    },
    "objective": {"name": "reconstruction", "loss": "sse"},
    "training": {
        "epochs": 2,
        "batch_size": 20,
        "optimizer": {"name": "adamw", "lr": 1e-2},
        "schedule": {"name": "constant"},
    },
    "precision": "fp32",
    "threads": 1,
    "seed": 0,
}
Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path, registered, monkeypatch: pytest.MonkeyPatch) -> Iterator[Write]:
    """`write(text, name)`: a file in the current folder; no plug-in of before is loaded."""
    monkeypatch.chdir(tmp_path)
    loaded = dict(plugins.LOADED)
    plugins.LOADED.clear()

    def write(text: str = MINE, name: str = "mine.py") -> Path:
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text(text)
        return Path(name)

    yield write
    forget()
    plugins.LOADED.update(loaded)


def forget() -> None:
    """As in a process that has loaded no plug-in."""
    for plugin in plugins.LOADED.values():
        for kind in KINDS.values():
            kind.members = {n: m for n, m in kind.members.items() if not plugin.defines(m)}
        sys.modules.pop(plugin.module.__name__, None)
    plugins.LOADED.clear()


@pytest.fixture
def trained(write: Write, prepared: Prepared) -> Callable[[], Run]:
    """A run whose encoder is the plug-in's."""

    def trained(**options) -> Run:
        plugins.load("mine.py")
        described = SPEC | {"data": prepared.checksum, "image_shape": prepared.image_shape}
        store = RunStore(Path("runs"), **options)
        return train_run(parse(RunSpec, described, "spec"), prepared, "mine", store, progress=False)

    return trained


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("def build(:\n", ["line 1: invalid syntax"]),
        ("import nothing_of_this_name\n", ["line 1: ModuleNotFoundError", "nothing_of_this_name"]),
        ("\n1 / 0\n", ["line 2: ZeroDivisionError"]),
        ("x = 1\n", ["adds nothing", "Literal"]),
        (MINE.replace("def build", "def make"), ["encoder Mine: build is missing", "nets.base"]),
        (
            MINE.replace('"mine"', '"conv"'),
            ["encoder 'conv' is there already, in aebench.nets", "allowed: another name"],
        ),
        (MINE.replace("hidden: int", "hidden: integer"), ["integer"]),
    ],
    ids=["syntax", "import", "exception", "nothing", "method", "name", "annotation"],
)
def test_a_broken_plug_in_is_one_line_that_names_it(
    text: str, says: list[str], write: Write
) -> None:
    write(text)
    before = {kind: dict(cls.known()) for kind, cls in KINDS.items()}
    with pytest.raises(InputError) as caught:
        plugins.load("mine.py")
    line = str(caught.value)
    assert line.startswith("mine.py: ") and "\n" not in line
    assert all(part in line for part in says), line
    # Nothing of it is left.
    assert {kind: dict(cls.known()) for kind, cls in KINDS.items()} == before
    assert not plugins.LOADED


def test_a_file_that_is_not_there_and_a_package_that_is_not_installed(write: Write) -> None:
    with pytest.raises(InputError, match=r"mine\.py: no such file"):
        plugins.load("mine.py")
    with pytest.raises(InputError, match="'mine' is no installed plug-in; allowed: a file"):
        plugins.load("mine")


def test_a_plug_in_is_loaded_once_and_a_copy_of_it_is_the_same(write: Write) -> None:
    write()
    plugin = plugins.load("mine.py")
    assert plugins.load("mine.py") is plugin
    write(name="copies/mine.py")
    assert plugins.load("copies/mine.py") is plugin
    write(MINE + "\nx = 1\n", name="others/mine.py")
    with pytest.raises(InputError, match="another plug-in has the name 'mine'"):
        plugins.load("others/mine.py")


def test_an_installed_package_is_named_by_its_entry_point(write: Write, monkeypatch) -> None:
    write(MINE, "site/my_nets/parts/nets.py")
    write("", "site/my_nets/parts/__init__.py")
    write("", "site/my_nets/__init__.py")
    write("from my_nets.parts import nets\n", "site/my_nets/aebench.py")
    write("Metadata-Version: 2.1\nName: my-nets\nVersion: 1\n", "site/my_nets-1.dist-info/METADATA")
    entry = "[aebench.plugins]\nfancy = my_nets.aebench\n"
    write(entry, "site/my_nets-1.dist-info/entry_points.txt")
    monkeypatch.syspath_prepend("site")
    assert "my_nets" not in sys.modules
    plugin = plugins.load("fancy")
    assert [member.__name__ for member in plugin.members] == ["Mine"]
    assert plugins.used_by([Encoder.member({"net": "mine"})]) == ["fancy"]
    assert len(plugin.sources) == 4
    for name in [name for name in sys.modules if name.startswith("my_nets")]:
        monkeypatch.delitem(sys.modules, name)


def test_the_wrong_shape_is_one_line_that_names_the_file(write: Write, trained) -> None:
    write(MINE.replace("nn.Linear(self.hidden, outputs)", "nn.Linear(self.hidden, 7)"))
    with pytest.raises(InputError, match=r"^mine\.py: encoder 'mine' gives 2 x 7; expected 2 x 3$"):
        trained()


def test_what_is_raised_within_a_plug_in_is_told_by_its_line(write: Write, trained) -> None:
    write(MINE.replace("size = channels", "size = chanels"))
    with pytest.raises(NameError) as caught:
        trained()
    line = plugins.blame(caught.value)
    assert line.startswith("mine.py: line 12: NameError: name 'chanels' is not defined")
    assert plugins.blame(ValueError("not of a plug-in")) is None


def test_numbers_that_are_none_name_the_plug_in(write: Write, trained) -> None:
    layer = (
        "class Bad(nn.Linear):\n    def forward(self, x):\n        return super().forward(x).log()"
    )
    write(
        MINE.replace("class Mine", f"{layer}\n\nclass Mine").replace(
            "nn.Linear(self.hidden, outputs)", "Bad(self.hidden, outputs)"
        )
    )
    with pytest.raises(InputError, match=r"diverged.*it uses mine\.py, which `aebench test-plugin"):
        trained()


def test_a_run_and_a_model_name_the_plug_in_and_never_a_path(write: Write, trained) -> None:
    write()
    run = trained()
    assert run.record["plugins"] == ["mine"]
    assert "plug-in mine" in run.code
    saved_models.save(run, Path("model.safetensors"))
    description = read_json(Path("model.json"))
    assert description["plugins"] == ["mine"]
    assert "mine.py" not in str(description)


def test_a_model_loads_with_the_plug_in_that_somebody_names(write: Write, trained) -> None:
    write()
    saved_models.save(trained(), Path("model.safetensors"))
    forget()
    with pytest.raises(InputError) as caught:
        load("model.safetensors")
    line = str(caught.value)
    assert line.startswith("model.safetensors: needs the plug-in 'mine'") and "\n" not in line
    assert load("model.safetensors", plugins=["mine.py"]).image_shape == (1, 6, 6)
    forget()
    Path("params.yaml").write_text("plugins: [mine.py]\n")
    assert load("model.safetensors").image_shape == (1, 6, 6)


def test_a_model_file_cannot_have_anything_imported(write: Write, trained) -> None:
    write()
    saved_models.save(trained(), Path("model.safetensors"))
    write("from pathlib import Path\nPath('ran').touch()\n", "evil.py")
    forget()
    for names in (["evil.py"], ["evil"], ["./evil.py"], ["os"]):
        write_sealed(Path("model.json"), read_sealed(Path("model.json")) | {"plugins": names})
        with pytest.raises(InputError, match="which nobody has named"):
            load("model.safetensors", plugins=["mine.py"])
    assert not Path("ran").exists()


def test_an_edit_of_the_plug_in_is_noticed(write: Write, trained, monkeypatch) -> None:
    write()
    first = trained()
    forget()
    # A comment is no edit.
    write(MINE.replace("size = ", "# A comment.\n        size = "), "copy/mine.py")
    Path("copy/mine.py").replace("mine.py")
    monkeypatch.setattr("aebench.core.code_hashes._hash_of", _uncached())
    assert trained().id == first.id
    forget()
    write(MINE.replace("nn.ReLU", "nn.Tanh"))
    with pytest.raises(InputError, match=r"the code of plug-in mine has changed since 1 results"):
        trained()


def _uncached() -> Callable[[tuple[Path, ...]], str]:
    """Hashes of files as they are now: within a process they are read once."""
    hash_of = code_hashes._hash_of.__wrapped__

    def now(files: tuple[Path, ...]) -> str:
        code_hashes._trees.cache_clear()
        return hash_of(files)

    return now


def test_a_section_reaches_a_process_that_has_not_loaded_the_plug_in(write: Write) -> None:
    write()
    plugins.load("mine.py")
    Path("section").write_bytes(pickle.dumps(Encoder.member({"net": "mine", "hidden": 9})))
    program = (
        "import pickle, pathlib\n"
        "section = pickle.loads(pathlib.Path('section').read_bytes())\n"
        "print(section.hidden, type(section).__name__)\n"
    )
    answer = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, env=os.environ, check=True
    )
    assert answer.stdout == "9 Mine\n"
