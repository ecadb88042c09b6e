"""Tiny models of grey and of colour images, and the commands as people run them."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import save_file

from aebench import models

HIDDEN = {"widths": [8], "unit": "tanh"}
CONV = {"net": "conv", "channels": [4], "unit": "relu"}
SPECS: dict[str, dict[str, Any]] = {
    "grey": {"name": "stacked", "image_shape": [1, 6, 6], "widths": [8, 3], "unit": "silu"},
    "grey-vae": {
        "name": "vae",
        "image_shape": [1, 6, 6],
        "latent": 2,
        "encoder": HIDDEN,
        "decoder": HIDDEN,
    },
    "pixelcnn": {
        "name": "vae",
        "image_shape": [1, 6, 6],
        "latent": 2,
        "encoder": HIDDEN,
        "decoder": HIDDEN,
        "pixels": {"name": "pixelcnn", "channels": 4, "blocks": 1, "unit": "relu"},
    },
    "colour": {
        "name": "autoencoder",
        "image_shape": [3, 8, 10],
        "code": 3,
        "encoder": CONV | {"downsample": "stochastic"},
        "decoder": CONV | {"dropout": 0.5},
    },
    "colour-vae": {
        "name": "vae",
        "image_shape": [3, 8, 10],
        "latent": 3,
        "encoder": HIDDEN,
        "decoder": HIDDEN,
        "likelihood": "discretized-logistic",
        "flow": {"name": "iaf", "steps": 2, "widths": [8], "unit": "relu"},
    },
    **{
        f"{name}-coder": {
            "name": "vae",
            "image_shape": shape,
            "latent": 2,
            "encoder": HIDDEN,
            "decoder": HIDDEN,
            "likelihood": "beta-binomial",
        }
        for name, shape in (("grey", [1, 6, 6]), ("colour", [3, 8, 10]))
    },
    "classifier": {
        "name": "classifier",
        "image_shape": [1, 6, 6],
        "classes": 2,
        "features": 3,
        "encoder": HIDDEN,
    },
}
Aebench = Callable[..., subprocess.CompletedProcess]


@pytest.fixture(scope="session")
def saved_models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of models with fresh weights, larger than usual so that images differ."""
    folder = tmp_path_factory.mktemp("models")
    for name, spec in SPECS.items():
        torch.manual_seed(0)
        model = models.build(spec)
        weights = {key: 3 * value for key, value in model.state_dict().items()}
        save_file(weights, folder / f"{name}.safetensors")
        (folder / f"{name}.json").write_text(json.dumps({"model": spec}))
    return folder


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, saved_models: Path) -> Path:
    """The working directory, with the models in `models`, for example models/grey.safetensors."""
    (tmp_path / "models").symlink_to(saved_models)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def run(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys) -> Aebench:
    """`run("encode", ...)`: the command line in this process, which has torch at hand already."""
    from aebench import cli

    def run(*arguments: object) -> subprocess.CompletedProcess:
        words = ["aebench", *map(str, arguments)]
        monkeypatch.setattr(sys, "argv", words)
        try:
            code = cli.main()
        except SystemExit as ended:
            code = ended.code
        return subprocess.CompletedProcess(words, code, *capsys.readouterr())

    return run


@pytest.fixture
def draw() -> Callable[[Path, tuple[int, ...]], np.ndarray]:
    """`draw(path, (8, 10, 3))` saves an image of random pixels, H x W or H x W x C, and gives them.

    The same path gets the same pixels.
    """

    def draw(path: Path, size: tuple[int, ...]) -> np.ndarray:
        generator = np.random.default_rng(len(path.name))
        pixels = generator.integers(0, 256, size, np.uint8)
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels).save(path)
        return pixels

    return draw
