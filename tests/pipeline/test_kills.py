"""Killed at random moments, a stage comes to the same bytes when it is run again.

`AEBENCH_KILLS` is how often each stage is killed (by default once), `AEBENCH_KILLS_SEED` another
choice of moments.
"""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import warm
from committed import PROJECT, committed
from ruamel.yaml import YAML

KILLS = int(os.environ.get("AEBENCH_KILLS", "1"))
SEED = os.environ.get("AEBENCH_KILLS_SEED", "0")
COMMANDS = Path(sys.executable).parent
STAGES = ["vae", "evaluate", "report"]
SMALL_NET = {"net": "dense", "widths": [12], "unit": "silu"}

pytestmark = [pytest.mark.slow, pytest.mark.integration]


class Project:
    """A project with 200 tiny images of its own and the committed dvc.yaml, in a folder."""

    def __init__(self, folder: Path):
        self.folder, self.runs = folder, folder / "runs"
        # Of a run that nothing disturbs: each stage's seconds, and what is left at the end.
        self.seconds: dict[str, float] = {}
        self.whole: dict[str, object] = {}
        templates = "src/aebench/reporting/templates"
        shutil.copytree(PROJECT / templates, folder / templates)
        shutil.copy(PROJECT / "dvc.yaml", folder)
        generator = np.random.default_rng(0)
        (folder / "own").mkdir()
        images = generator.integers(0, 256, (200, 6, 6), np.uint8)
        np.savez(folder / "own" / "tiny.npz", images=images, labels=np.arange(200) % 4)
        self._write_params()
        subprocess.run(["git", "init", "-q"], cwd=folder, check=True)
        subprocess.run([sys.executable, "-m", "dvc", "init", "-q"], cwd=folder, check=True)

    def _write_params(self) -> None:
        yaml = YAML()
        params = yaml.load((committed() / "params.yaml").read_text(encoding="utf-8"))
        source = {
            "source": "array",
            "path": "own/tiny.npz",
            "validation": 40,
            "test": 40,
            "recipes": "file",
        }
        params |= {"datasets": ["tiny"], "sets": {"tiny": source}, "seeds": [0, 1], "threads": 1}
        autoencoder, vae = params["recipes"]["autoencoder"], params["recipes"]["vae"]
        autoencoder["model"]["widths"] = [12, 4]
        autoencoder["pretrain"]["epochs"] = autoencoder["training"]["epochs"] = 2
        vae["model"] |= {"latent": 3, "encoder": SMALL_NET, "decoder": SMALL_NET}
        vae["training"]["epochs"] = 40
        vae["measures"] = [{"name": "latents"}]
        params["evaluate"]["nll_samples"] = 20
        with (self.folder / "params.yaml").open("w", encoding="utf-8") as file:
            yaml.dump(params, file)

    def repro(self, *arguments: str, commands: Path = COMMANDS) -> subprocess.Popen:
        """Start `dvc repro`, which finds `aebench` in `commands`; it ends by itself or killed."""
        settings = {
            "PATH": os.pathsep.join([str(commands), str(COMMANDS), os.environ["PATH"]]),
            "PYTHONPATH": str(PROJECT / "src"),
            "AEBENCH_RUNS": str(self.runs),
            "AEBENCH_CHECKPOINT_SECONDS": "0",
            # No log: what MLflow keeps holds times.
            "MLFLOW_TRACKING_URI": "sqlite:////dev/null/mlflow.db",
        }
        return subprocess.Popen(
            [sys.executable, "-m", "dvc", "repro", *arguments],
            cwd=self.folder,
            env=os.environ | settings,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def finish(self, *arguments: str) -> float:
        """Run `dvc repro` to its end; returns the seconds that it took."""
        began = time.monotonic()
        process = self.repro(*arguments, commands=warm.folder())
        output, _ = process.communicate(timeout=600)
        assert process.returncode == 0, output
        return time.monotonic() - began

    def remove_cut_lock(self) -> None:
        """Remove DVC's lock if it is not whole, as docs/tutorials/first-hour.md tells people to."""
        lock = self.folder / ".dvc" / "tmp" / "rwlock"
        try:
            json.loads(lock.read_text())
        except FileNotFoundError:
            pass
        except ValueError:
            lock.unlink()

    @property
    def results(self) -> dict[str, object]:
        """The bytes of all that the stages leave, and what dvc.lock says of it."""
        lock = YAML(typ="safe").load((self.folder / "dvc.lock").read_text(encoding="utf-8"))
        found = {"dvc.lock": lock}
        for root in (self.folder / "models", self.folder / "reports", self.runs):
            for path in root.rglob("*"):
                # What differs each time: both hold seconds.
                varies = path.name == "cost.json" or path.match("measured/*.json")
                if path.is_file() and path.suffix != ".lock" and not varies:
                    found[f"{root.name}/{path.relative_to(root)}"] = path.read_bytes()
        return found


@pytest.fixture(scope="module")
def project(tmp_path_factory) -> Project:
    """The project after one `dvc repro`."""
    project = Project(tmp_path_factory.mktemp("project"))
    project.finish("finetune@tiny")
    project.seconds = {stage: project.finish("--single-item", f"{stage}@tiny") for stage in STAGES}
    project.whole = project.results
    return project


@pytest.mark.parametrize("stage", STAGES)
def test_a_killed_stage_comes_to_the_same_bytes(stage, project, tmp_path) -> None:
    command = ("--force", "--single-item", f"{stage}@tiny")
    moments = random.Random(f"{SEED} {stage}")
    for kill in range(KILLS):
        # A store of its own, so that the stage trains and measures all that it does.
        project.runs = tmp_path / f"{kill}" / "runs"
        moment = moments.uniform(0, project.seconds[stage])
        process = project.repro(*command)
        time.sleep(moment)
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        project.remove_cut_lock()
        project.finish(*command)
        left = project.results
        # The new store has no runs of other stages.
        missing = {name for name in project.whole.keys() - left if not name.startswith("runs/")}
        differing = {name for name in left if left[name] != project.whole.get(name)}
        said = f"kill {kill}, after {moment:.1f} of {project.seconds[stage]:.1f} s"
        assert (missing, differing) == (set(), set()), said
