"""The logged model behind `mlflow models serve`, asked over HTTP."""

import json
import os
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
import servers
import torch

import aebench
from aebench.core import paths
from aebench.tracking.server import client
from aebench.training import saved_models

# Too deep for Python's own parser.
NESTED = "[" * 3000 + "]" * 3000
pytestmark = pytest.mark.integration


@contextmanager
def served(model: str, tracking_uri: str) -> Iterator[str]:
    """The address of MLflow's scoring server for this model."""
    port = servers.free_port()
    command = [sys.executable, "-m", "mlflow", "models", "serve", "--model-uri", model]
    command += ["--env-manager", "local", "--host", "127.0.0.1", "--port", str(port)]
    # MLflow starts its server by `python`, whichever PATH has first.
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    environment = os.environ | {"MLFLOW_TRACKING_URI": tracking_uri, "PATH": path}
    uri, log = f"http://127.0.0.1:{port}", Path("served.log").absolute()
    process = servers.start(command, f"{uri}/ping", log, 300, environment)
    try:
        yield uri
    finally:
        servers.kill(process)


def ask(uri: str, body: object) -> dict:
    data = json.dumps(body).replace(f'"{NESTED}"', NESTED).encode()
    request = urllib.request.Request(
        f"{uri}/invocations", data, {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)


def test_a_request_is_answered_with_the_numbers_of_the_saved_model(tracked, prepared) -> None:
    run = tracked("vae", epochs=2)
    saved_models.save(run, paths.model("tiny", "vae"))
    store = client()
    experiment = store.get_experiment_by_name("tiny").experiment_id
    (logged,) = store.search_logged_models([experiment])

    images = (prepared.part("test")[0] / 255).astype(np.float32)
    model = aebench.load(paths.model("tiny", "vae"))
    wanted = model.reconstruct(torch.from_numpy(images)).numpy()
    with served(f"models:/{logged.model_id}", store.tracking_uri) as uri:
        answer = ask(uri, {"inputs": images.tolist()})
        found = np.array(answer["predictions"], np.float32)
        assert found.shape == (20, 1, 6, 6)
        np.testing.assert_allclose(found, wanted, rtol=1e-6)

        for inputs in (
            images[:, :, :3].tolist(),
            (images + 0.01).tolist(),
            (images - 1).tolist(),
            np.full_like(images, np.nan).tolist(),
            [[1], [1, 2]],
            NESTED,
        ):
            with pytest.raises(urllib.error.HTTPError) as refused:
                ask(uri, {"inputs": inputs})
            assert refused.value.code == 400, refused.value.read()[:300]
        assert ask(uri, {"inputs": images.tolist()}) == answer
