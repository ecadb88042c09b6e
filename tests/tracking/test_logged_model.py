"""The logged model, loaded back by MLflow."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from aebench.core import plugins
from aebench.tracking.server import client

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.mark.parametrize("kind", ["finetuned", "layer-1", "vae"])
def test_it_gives_the_same_numbers_as_the_runs_model(kind, tracked, prepared) -> None:
    import mlflow

    run = tracked(kind, epochs=2)
    store = client()
    experiment = store.get_experiment_by_name("tiny").experiment_id
    (found,) = store.search_logged_models([experiment])
    mlflow.set_tracking_uri(store.tracking_uri)
    loaded = mlflow.pyfunc.load_model(f"models:/{found.model_id}")
    images = (prepared.part("test")[0] / 255).astype(np.float32)
    with torch.no_grad():
        expected = run.model().reconstruct(torch.from_numpy(images)).numpy()
    np.testing.assert_array_equal(loaded.predict(images), expected)

    # One image is as good as many, and what is not an image is refused.
    assert loaded.metadata.get_input_schema().inputs[0].shape == (-1, 1, 6, 6)
    assert loaded.metadata.get_output_schema().inputs[0].shape == (-1, 1, 6, 6)
    np.testing.assert_allclose(loaded.predict(images[:1]), expected[:1], rtol=1e-5)
    with pytest.raises(mlflow.MlflowException):
        loaded.predict(images[:, :, :3])

    example = loaded.input_example
    assert np.asarray(example).shape == (1, 1, 6, 6)
    assert loaded.predict(example).shape == (1, 1, 6, 6)


def test_it_holds_no_pickle(tracked, tmp_path) -> None:
    import mlflow

    tracked(epochs=1)
    store = client()
    experiment = store.get_experiment_by_name("tiny").experiment_id
    (found,) = store.search_logged_models([experiment])
    folder = tmp_path / "model"
    mlflow.set_tracking_uri(store.tracking_uri)
    mlflow.artifacts.download_artifacts(f"models:/{found.model_id}", dst_path=str(folder))
    names = {path.name for path in folder.rglob("*") if path.is_file()}
    assert {"MLmodel", "serving.py", "weights.safetensors", "weights.json"} <= names
    assert not [name for name in names if name.endswith((".pkl", ".pickle", ".pt", ".pth"))]
    description = next(folder.rglob("weights.json"))
    assert json.loads(description.read_text())["model"]["widths"] == [8, 4]


ELSEWHERE = """
import sys
import mlflow, numpy as np
mlflow.set_tracking_uri(sys.argv[1])
images = np.zeros((2, 1, 6, 6), np.float32)
print(mlflow.pyfunc.load_model(sys.argv[2]).predict(images).shape)
"""


@pytest.mark.integration
def test_a_plug_in_s_file_goes_with_the_model(
    tracked, project, registered, tmp_path_factory
) -> None:
    """So it loads where nobody has the file."""
    file = "mixer.py"
    shutil.copy(EXAMPLES / file, file)
    loaded = dict(plugins.LOADED)
    try:
        plugins.load(file)
        net = {"net": "mixer", "hidden": 4}
        tracked("vae", epochs=1, model={"name": "vae", "latent": 2, "encoder": net, "decoder": net})
    finally:
        plugins.LOADED.clear()
        plugins.LOADED.update(loaded)
        sys.modules.pop(f"{plugins.MODULE}mixer", None)
    store = client()
    experiment = store.get_experiment_by_name("tiny").experiment_id
    (found,) = store.search_logged_models([experiment])
    answer = subprocess.run(
        [sys.executable, "-c", ELSEWHERE, store.tracking_uri, f"models:/{found.model_id}"],
        cwd=tmp_path_factory.mktemp("elsewhere"),
        capture_output=True,
        text=True,
    )
    assert answer.returncode == 0, answer.stderr
    assert answer.stdout.splitlines()[-1] == "(2, 1, 6, 6)"
