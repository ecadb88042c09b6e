"""A copy of the project in a folder of its own, whose trainings are small."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import warm
from committed import PROJECT, committed
from filelock import FileLock
from ruamel.yaml import YAML

BIN = Path(sys.executable).parent
# Results of the real pipeline stay behind: all that is checked here is made here.
COPIED = (".dvc/config", ".dvcignore", ".gitignore", "dvc.yaml", "examples", "own/README.md", "src")
COMMITTED = ("params.yaml", "studies", "sweeps")

SMALL = {
    "seeds": [0, 1],
    "precision": "fp32",
    "threads": 1,
    "recipes": {
        "autoencoder": {
            "model": {"widths": [24, 8]},
            "pretrain": {"corruption": 0.1, "epochs": 2},
            "training": {"epochs": 3},
        },
        "vae": {
            "model": {"encoder": {"widths": [24]}, "decoder": {"widths": [24]}, "latent": 4},
            "training": {"epochs": 3},
        },
    },
    "evaluate": {"nll_samples": 3},
}


class Project:
    """A copy of the project's code and settings in a folder of its own, with small params."""

    def __init__(self, folder: Path, made: bool = False):
        self.folder = folder
        if made:
            return
        for place, names in ((PROJECT, COPIED), (committed(), COMMITTED)):
            for name in names:
                _copy(place / name, folder / name)
        self.run("git", "init", "-q")
        self.edit(lambda params: merge(params, SMALL))

    def edit(self, change) -> None:
        yaml = YAML()
        params = yaml.load((self.folder / "params.yaml").read_text())
        change(params)
        with (self.folder / "params.yaml").open("w") as file:
            yaml.dump(params, file)

    def environment(self, **more: str) -> dict[str, str]:
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("AEBENCH_", "MLFLOW_"))}
        path = os.pathsep.join([str(BIN), kept["PATH"]])
        # The copy's own code, so that it can be edited.
        code = {"PYTHONPATH": str(self.folder / "src"), "PATH": path}
        return {**kept, **code, "AEBENCH_CHECKPOINT_SECONDS": "0", **more}

    def start(self, *command: str, **environment: str) -> subprocess.Popen:
        return subprocess.Popen(
            command,
            cwd=self.folder,
            env=self.environment(**environment),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def run(self, *command: str, code: int = 0, **environment: str) -> str:
        """Run a command to its end, which is not killed, so that every `aebench` may start warm."""
        path = os.pathsep.join([str(warm.folder()), self.environment()["PATH"]])
        process = self.start(*command, PATH=path, **environment)
        output, _ = process.communicate(timeout=600)
        assert process.returncode == code, output
        return output

    def json(self, path: str) -> dict:
        return json.loads((self.folder / path).read_text())

    @property
    def lock(self) -> str:
        return (self.folder / "dvc.lock").read_text()


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
    else:
        shutil.copy(source, target)


def trained_project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The project after one `dvc repro`, which the first of several test processes does for all."""
    own = tmp_path_factory.getbasetemp()
    # Processes of pytest-xdist have a folder each within that of all.
    shared = (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "trained-project"
    with FileLock(f"{shared}.lock"):
        if not shared.exists():
            made = Project(tmp_path_factory.mktemp("trained"))
            made.run("dvc", "repro")
            made.folder.rename(shared)
    return Project(shutil.copytree(shared, tmp_path_factory.mktemp("project") / "copy"), made=True)


def merge(base, over) -> None:
    """Lay the values of `over` over those of `base`, mapping by mapping."""
    for key, value in over.items():
        if isinstance(value, dict) and key in base:
            merge(base[key], value)
        else:
            base[key] = value
