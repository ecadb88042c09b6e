"""The dashboards of MLflow and Optuna in a browser, with committed results of a fresh clone."""

import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import warm

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


def serve(*command: str, cwd: Path) -> tuple[subprocess.Popen, str]:
    """Start a server at a free port, and wait until it answers; returns its address, too."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = subprocess.Popen(
        [BIN / command[0], *command[1:], "--host", "127.0.0.1", "--port", str(port)],
        cwd=cwd,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            return server, f"http://127.0.0.1:{port}"
        except OSError:
            time.sleep(0.1)
    os.killpg(server.pid, 9)
    raise TimeoutError(command[0])


@pytest.fixture
def tab() -> Iterator:
    """A tab of Chromium; skipped where there is none."""
    from playwright.sync_api import sync_playwright

    program = shutil.which("chromium")
    if program is None:
        pytest.skip("no chromium on this machine")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        tab = browser.new_page(viewport={"width": 1280, "height": 900})
        tab.set_default_timeout(1000 * SECONDS)
        tab.faults = []
        tab.on("pageerror", lambda error: tab.faults.append(error.message))
        yield tab
        browser.close()


def test_in_mlflow_a_data_set_s_experiment_is_its_runs(project: Path, tab) -> None:
    """After a choice that MLflow remembers, and that `make dashboard` tells."""
    store = f"sqlite:///{project}/mlflow.db"
    server, address = serve("mlflow", "server", "--backend-store-uri", store, cwd=project)
    try:
        tab.goto(f"{address}/#/experiments")
        tab.get_by_text("Model training").first.click()
        tab.get_by_role("link", name="mnist-5k").click()
        tab.wait_for_url(re.compile("/experiments/1/runs"))
        tab.get_by_role("link", name="pooling").first.wait_for()
        assert tab.faults == []
    finally:
        os.killpg(server.pid, 9)


def test_in_optuna_s_dashboard_a_committed_sweep_has_its_trials(project: Path, tab) -> None:
    store = "sqlite:///runs/sweeps.sqlite"
    server, address = serve("optuna-dashboard", store, cwd=project)
    try:
        tab.goto(address)
        tab.get_by_text("mnist-5k vae, from trials.csv").click()
        tab.get_by_text("Best Trial").first.wait_for()
        tab.get_by_text(re.compile(r"Best Trial \(number=\d+\)")).first.wait_for()
        assert tab.faults == []
    finally:
        os.killpg(server.pid, 9)
