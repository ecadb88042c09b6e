"""The dashboards of MLflow and Optuna in a browser, with committed results of a fresh clone."""

import os
import re
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import servers
import warm
from browser import chromium

ROOT = Path(__file__).parents[1]
COPIED = ("params.yaml", "studies", "sweeps", "own")
COMMITTED = ("mnist-5k/studies/pooling", "mnist-5k/sweep/vae")
BIN = Path(sys.executable).parent
SECONDS = 180

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def project(tmp_path_factory) -> Path:
    """A project with the committed results of a study and a sweep, in both dashboards' stores."""
    folder = tmp_path_factory.mktemp("dashboards")
    for name in COPIED:
        source = ROOT / name
        (shutil.copytree if source.is_dir() else shutil.copy)(source, folder / name)
    for name in COMMITTED:
        shutil.copytree(ROOT / "reports" / name, folder / "reports" / name)
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("AEBENCH_", "MLFLOW_"))}
    for command in (("track", "--committed"), ("sweep", "vae", "--import")):
        warm.aebench(*command, cwd=folder, env=kept).finish()
    return folder


@contextmanager
def serving(*command: str, log: Path) -> Iterator[str]:
    """The address of a server of this command at a free port."""
    port = str(servers.free_port())
    address = f"http://127.0.0.1:{port}"
    at = ["--host", "127.0.0.1", "--port", port]
    server = servers.start([BIN / command[0], *command[1:], *at], address, log, SECONDS)
    try:
        yield address
    finally:
        servers.kill(server)


@pytest.fixture
def tab() -> Iterator:
    """A tab of Chromium; skipped where there is none."""
    with chromium() as browser:
        tab = browser.new_page(viewport={"width": 1280, "height": 900})
        tab.set_default_timeout(1000 * SECONDS)
        tab.faults = []
        tab.on("pageerror", lambda error: tab.faults.append(error.message))
        yield tab


def test_in_mlflow_a_data_set_s_experiment_is_its_runs(project: Path, tab) -> None:
    """After a choice that MLflow remembers, and that `make dashboard` tells."""
    store = f"sqlite:///{project}/mlflow.db"
    command = ("mlflow", "server", "--backend-store-uri", store)
    with serving(*command, log=project / "mlflow.log") as address:
        tab.goto(f"{address}/#/experiments")
        tab.get_by_text("Model training").first.click()
        tab.get_by_role("link", name="mnist-5k").click()
        tab.wait_for_url(re.compile("/experiments/1/runs"))
        tab.get_by_role("link", name="pooling").first.wait_for()
        assert tab.faults == []


def test_in_optuna_s_dashboard_a_committed_sweep_has_its_trials(project: Path, tab) -> None:
    store = "sqlite:///runs/sweeps.sqlite"
    with serving("optuna-dashboard", store, log=project / "optuna.log") as address:
        tab.goto(address)
        tab.get_by_text("mnist-5k vae, from trials.csv").click()
        tab.get_by_text("Best Trial").first.wait_for()
        tab.get_by_text(re.compile(r"Best Trial \(number=\d+\)")).first.wait_for()
        assert tab.faults == []
