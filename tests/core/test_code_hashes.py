"""Hashes of the code: which edits change them, and which modules belong to a run."""

import textwrap
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from aebench.core import code_hashes, plugins
from aebench.core.schema import parse
from aebench.training.runs import RunSpec

CODE = '''
"""A module."""

RATE = 0.5


class Net:
    """A net."""

    def step(self, x, more=(1, 2)):
        """One step."""
        # Downwards.
        return x - RATE * sum(more)
'''
Hash = Callable[[str], str]
Package = Callable[[Mapping[str, str]], None]


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Package:
    """`package({"nets/dense.py": ...})`: these files, and no others, are the code of aebench."""
    folders = (tmp_path / f"aebench-{i}" for i in range(100))

    def package(files: Mapping[str, str]) -> None:
        # Another one each time: what was read of a file is kept.
        root = next(folders)
        for name, text in files.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(textwrap.dedent(text))
        monkeypatch.setattr(code_hashes, "ROOT", root)

    return package


@pytest.fixture
def hash_of(package: Package) -> Hash:
    """The hash of a module with this text."""

    def hash_of(text: str) -> str:
        package({"module.py": text})
        return code_hashes.hashes(["aebench.module"])["aebench.module"]

    return hash_of


def edited(old: str, new: str) -> str:
    assert CODE.count(old) == 1
    return CODE.replace(old, new)


@pytest.mark.parametrize(
    "text",
    [
        edited("# Downwards.", "# Down the slope."),
        edited("        # Downwards.\n", ""),
        edited("RATE = 0.5", "RATE = 0.5  # Of a step."),
        edited('"""A module."""', '"""Another description\n\nof two paragraphs."""'),
        edited('"""A module."""\n', ""),
        edited('    """A net."""\n\n', ""),
        edited('"""One step."""', "'''One update.'''"),
        edited("\n\n\nclass", "\n\nclass"),
        edited("        # Downwards.\n", "\n        # Downwards.\n\n"),
        edited(
            "(self, x, more=(1, 2))", "(\n        self,\n        x,\n        more=(1, 2,),\n    )"
        ),
        edited("return x - RATE * sum(more)", "return (x - (RATE * sum(more)))"),
        edited("0.5", "0.50"),
    ],
)
def test_what_is_said_about_the_code_and_how_it_is_laid_out_leave_the_hash(
    text: str, hash_of: Hash
) -> None:
    assert hash_of(text) == hash_of(CODE)


@pytest.mark.parametrize(
    "text",
    [
        edited("x - RATE", "x + RATE"),
        edited("0.5", "0.25"),
        edited("(1, 2)", "(2, 1)"),
        edited("(1, 2)", "(1, 2.0)"),
        edited("(1, 2)", "(1, True)"),
        edited("more=(1, 2)", "more=None"),
        edited("x, more", "x, *, more"),
        edited("RATE * sum(more)", "(RATE * sum)(more)"),
        edited("class Net:", "class Net(dict):"),
        edited("    def step", "    @staticmethod\n    def step"),
        edited("return x", "return -x"),
        edited("RATE = 0.5", "RATE: float = 0.5"),
        edited("# Downwards.", "print('a text that is no docstring')"),
        edited("# Downwards.", "'''Neither is this one.'''"),
    ],
)
def test_an_edit_of_what_is_computed_changes_the_hash(text: str, hash_of: Hash) -> None:
    assert hash_of(text) != hash_of(CODE)


def test_a_hash_is_of_the_code_that_was_read_first(package: Package) -> None:
    """A process goes on with the code that it has imported, whatever becomes of the file."""
    package({"module.py": CODE})
    before = code_hashes.hashes(["aebench.module"])
    (code_hashes.ROOT / "module.py").write_text(edited("0.5", "0.25"))
    assert code_hashes.hashes(["aebench.module"]) == before
    assert code_hashes.changed(before) == []


def test_modules_that_have_changed_are_named(package: Package) -> None:
    files = {"nets/__init__.py": "WIDTH = 3\n", "nets/dense.py": CODE, "other.py": CODE}
    package(files)
    recorded = code_hashes.hashes(["aebench.nets", "aebench.nets.dense", "aebench.other"])
    assert code_hashes.changed(recorded) == []
    package(files | {"nets/__init__.py": "WIDTH = 4\n", "nets/dense.py": edited("0.5", "0.25")})
    assert code_hashes.changed(recorded) == ["aebench.nets", "aebench.nets.dense"]
    del files["other.py"]
    package(files)
    assert code_hashes.changed(recorded) == ["aebench.other"]


def test_a_digest_is_of_all_modules_and_their_names(package: Package) -> None:
    names = ["aebench.a", "aebench.b"]
    package({"a.py": "X = 1\n", "b.py": "X = 2\n"})
    whole = code_hashes.digest(names)
    assert code_hashes.digest(reversed(names)) == whole
    assert code_hashes.digest(names[:1]) != whole
    # As if they had been renamed.
    package({"b.py": "X = 1\n", "a.py": "X = 2\n"})
    assert code_hashes.digest(names) != whole


def test_a_closure_is_all_that_is_imported_wherever_it_is(package: Package) -> None:
    package(
        {
            "a.py": """
                import math
                import aebench.b
                from typing import TYPE_CHECKING

                from aebench import c
                from aebench.nets import dense, parameters
                from aebench.core.files import write_json

                if TYPE_CHECKING:
                    from aebench.only_for_types import Thing

                def build():
                    from aebench.d import something
                """,
            "b.py": "",
            "c.py": "from aebench.a import build\nfrom aebench.e import VALUE as OTHER\n",
            "d.py": "",
            "e.py": "",
            "core/files.py": "from aebench.only_of_files import x\n",
            "nets/__init__.py": "",
            "nets/dense.py": "",
            "only_for_types.py": "",
            "only_of_files.py": "",
            "not_imported.py": "",
        }
    )
    names = [*"abcde", "nets", "nets.dense"]
    assert code_hashes.closure(["aebench.a"]) == {f"aebench.{name}" for name in names}
    assert code_hashes.closure(["aebench.b", "aebench.e"]) == {"aebench.b", "aebench.e"}


CONV = {"net": "conv", "channels": [8], "unit": "relu"}


def run(**changes: Any) -> RunSpec:
    whole = {
        "model": {"name": "autoencoder", "code": 4, "encoder": CONV, "decoder": CONV},
        "objective": {"name": "reconstruction", "loss": "sse"},
        "training": {
            "epochs": 1,
            "batch_size": 10,
            "optimizer": {"name": "adamw", "lr": 1e-3},
            "schedule": {"name": "cosine"},
        },
        "precision": "fp32",
        "threads": 1,
        "data": "data",
        "image_shape": [1, 6, 6],
        "seed": 0,
    }
    return parse(RunSpec, whole | changes, "spec")


def modules(spec: RunSpec) -> set[str]:
    """The modules of a run, without their package's name."""
    hashes = code_hashes.of_run([spec.model, spec.objective, spec.training])
    assert all(hashes.values())
    return {name.removeprefix("aebench.") for name in hashes}


def test_the_code_of_a_run_is_what_its_parts_are_made_of() -> None:
    names = modules(run())
    assert names >= {
        "models.autoencoder",
        "models.sections.autoencoder",
        "nets.conv",
        "nets.init",
        "nets.conv_base",
        "nets.sections.conv",
        "nets.activations",
        "objectives.criterion",
        "objectives.reconstruction",
        "objectives.sections.reconstruction",
        "core.seeding",
        "training.batches",
        "training.fit",
        "training.train",
        "training.module",
        "training.optimizers.sections.adaptive",
        "training.schedules.decays",
    }
    # Nets, objectives and optimizers that it does not use, and what comes after a training.
    assert not names & {
        "nets.inception",
        "nets.residual",
        "models.classifier",
        "models.pixelcnn",
        "models.iaf",
        "objectives.elbo",
        "objectives.penalties.mmd",
        "training.optimizers.muon",
        "training.optimizers.sections.matrix",
        "training.schedules.one_cycle",
    }
    packages = {name.split(".")[0] for name in names}
    assert packages == {"core", "data", "models", "nets", "objectives", "training"}
    assert {name for name in names if name.startswith("core.")} == {"core.seeding"}


@pytest.mark.parametrize(
    ("changes", "more"),
    [
        (
            {
                "model": {
                    "name": "autoencoder",
                    "code": 4,
                    "encoder": CONV,
                    "decoder": CONV | {"net": "inception", "channels": [16]},
                }
            },
            {"nets.inception", "nets.sections.inception"},
        ),
        (
            {
                "objective": {
                    "name": "reconstruction",
                    "loss": "sse",
                    "penalties": [{"name": "mmd", "weight": 1.0}],
                }
            },
            {"objectives.penalties.mmd"},
        ),
        (
            {
                "objective": {
                    "name": "reconstruction",
                    "loss": "sse",
                    "corruption": {"name": "poisson", "peak": 1.0},
                }
            },
            {"objectives.corruptions.poisson"},
        ),
        (
            {
                "training": {
                    "epochs": 1,
                    "batch_size": 10,
                    "schedule": {"name": "one-cycle"},
                    "optimizer": {"name": "muon", "lr": 1e-3},
                }
            },
            {
                "training.optimizers.muon",
                "training.optimizers.sections.matrix",
                "training.schedules.one_cycle",
            },
        ),
    ],
)
def test_what_a_run_uses_more_its_code_has_more(changes: dict, more: set[str]) -> None:
    assert not modules(run()) & more
    assert modules(run(**changes)) >= more


def test_modules_on_which_no_number_depends_are_left_out() -> None:
    assert all(code_hashes.hashes(code_hashes.PERIPHERAL).values()), (
        "one of them is not there any more"
    )
    every = code_hashes.closure(
        [f"aebench.{name}" for name in ("cli", "pipeline.vae", "studies.runner")]
    )
    assert not every & set(code_hashes.PERIPHERAL)
    assert not any(name.startswith("aebench.tracking") for name in every)


PLUGIN = '''
"""Steps that lead nowhere."""

from typing import Literal

from aebench.training.optimizers.base import Optimizer


class Still(Optimizer):
    name: Literal["still-of-a-test"] = "still-of-a-test"

    def build(self, module):
        from aebench.training.optimizers.normalized import NormalizedGradientDescent

        return NormalizedGradientDescent(module.parameters(), lr=0.0)
'''


def test_a_plug_in_counts_by_its_name_and_with_what_it_imports(
    tmp_path: Path, registered: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    hashes = []
    for i, text in enumerate(
        [PLUGIN, PLUGIN.replace("lead nowhere", "stay"), PLUGIN.replace("lr=0.0", "lr=1e-9")]
    ):
        path = tmp_path / str(i) / "still.py"
        path.parent.mkdir()
        path.write_text(text)
        monkeypatch.setattr(plugins, "LOADED", {})
        plugins.load(str(path))
        training = {
            "epochs": 1,
            "batch_size": 10,
            "optimizer": {"name": "still-of-a-test", "lr": 1.0},
            "schedule": {"name": "constant"},
        }
        names = modules(run(training=training))
        assert {"plug-in still", "training.optimizers.normalized"} <= names
        assert not any("aebench_plugin_" in name for name in names)
        hashes.append(code_hashes.hashes(["plug-in still"])["plug-in still"])
    assert hashes[0] == hashes[1] != hashes[2]
    # Not at hand any more.
    monkeypatch.setattr(plugins, "LOADED", {})
    assert code_hashes.changed({"plug-in still": hashes[2]}) == ["plug-in still"]
