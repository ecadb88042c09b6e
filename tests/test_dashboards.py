"""The dashboards of MLflow and Optuna in a browser, with committed results of a fresh clone."""

import os
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import servers
import warm
from browser import chromium
from committed import committed

COPIED = ("params.yaml", "studies", "sweeps")
COMMITTED = ("mnist-5k/studies/pooling", "mnist-5k/sweep/vae")
BIN = Path(sys.executable).parent
SECONDS = 180

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def project(tmp_path_factory) -> Path:
    """A project with the committed results of a study and a sweep, in both dashboards' stores."""
    folder = tmp_path_factory.mktemp("dashboards")
    for name in COPIED:
        source = committed() / name
        (shutil.copytree if source.is_dir() else shutil.copy)(source, folder / name)
    for name in COMMITTED:
        shutil.copytree(committed() / "reports" / name, folder / "reports" / name)
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("AEBENCH_", "MLFLOW_"))}
    for command in (("track", "--committed"), ("sweep", "vae", "--import")):
        warm.aebench(*command, cwd=folder, env=kept).finish()
    return folder


@pytest.fixture
def tab() -> Iterator:
    """A tab of Chromium; skipped where there is none."""
    with chromium() as browser:
        tab = browser.new_page(viewport={"width": 1280, "height": 900})
        tab.set_default_timeout(1000 * SECONDS)
        tab.faults = []
        tab.on("pageerror", lambda error: tab.faults.append(error.message))
        yield tab


@pytest.fixture
def started() -> Iterator[list]:
    """Servers that end with the test."""
    processes: list = []
    yield processes
    for process in processes:
        servers.kill(process)


def test_in_mlflow_a_data_set_s_experiment_is_its_runs(project: Path, tab, started) -> None:
    """After a choice that MLflow remembers, and that `make dashboard` tells."""
    port = servers.free_port()
    store = f"sqlite:///{project}/mlflow.db"
    started.append(servers.mlflow(store, port, project / "mlflow.log"))
    tab.goto(f"http://127.0.0.1:{port}/#/experiments")
    tab.get_by_text("Model training").first.click()
    tab.get_by_role("link", name="mnist-5k").click()
    tab.wait_for_url(re.compile("/experiments/1/runs"))
    tab.get_by_role("link", name="pooling").first.wait_for()
    assert tab.faults == []


def test_in_optuna_s_dashboard_a_committed_sweep_has_its_trials(
    project: Path, tab, started
) -> None:
    port = str(servers.free_port())
    command = [BIN / "optuna-dashboard", "--host", "127.0.0.1", "--port", port]
    command.append("sqlite:///runs/sweeps.sqlite")
    address = f"http://127.0.0.1:{port}"
    started.append(servers.start(command, address, project / "optuna.log", SECONDS))
    tab.goto(address)
    tab.get_by_text("mnist-5k vae, from trials.csv").click()
    tab.get_by_text("Best Trial").first.wait_for()
    tab.get_by_text(re.compile(r"Best Trial \(number=\d+\)")).first.wait_for()
    assert tab.faults == []
