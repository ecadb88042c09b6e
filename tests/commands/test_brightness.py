"""Images that a model cannot know, since all of them are brighter or darker than its data."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from aebench.core import paths
from aebench.core.files import write_json
from aebench.data.prepared import Prepared

CARD = {"pixel_mean": 0.13, "pixel_sd": 0.31}


@pytest.fixture
def said(folder: Path, saved_models: Path, run):
    """`said(means)`: what `score` notes of flat images, by a model of the data set `dark`."""
    # A copy, since other tests use the models, too.
    (folder / "models").unlink()
    for copy in (folder / "models", folder / "models" / "dark"):
        shutil.copytree(saved_models, copy)
    write_json(Path("reports/dark/data/card.json"), CARD)

    def said(*means: float, model: str = "models/dark/grey.safetensors") -> str:
        for number, mean in enumerate(means):
            Path("in").mkdir(exist_ok=True)
            Image.fromarray(np.full((6, 6), 255 * mean).astype(np.uint8)).save(f"in/{number}.png")
        done = run("score", model, "in", "-o", "scores.csv", "--force")
        assert done.returncode == 0, done.stderr
        return "".join(line for line in done.stderr.splitlines() if "mean pixel" in line)

    return said


def test_negatives_are_noted_and_usual_images_are_not(said) -> None:
    assert said(0.1, 0.3) == ""
    # As of some in any set of photographs.
    assert said(0.1, 0.9) == ""
    note = said(0.1, 0.87, 0.9)
    assert "2 of 3 images, such as 1.png" in note
    assert "0.88" in note and "of dark have 0.13: negatives" in note


def test_nothing_is_said_of_parts_of_the_model_s_own_data_set(said, run) -> None:
    said(0.1)
    images = np.full((2, 1, 6, 6), 230, np.uint8)
    for name in ("dark", "other"):
        Prepared(images, None, np.array([2, 2], np.uint8), ()).save(paths.prepared(name))
    model = "models/dark/grey.safetensors"
    for name, noted in (("dark", False), ("other", True)):
        done = run("encode", model, f"data:{name}/test", "-o", f"{name}.npz")
        assert done.returncode == 0 and ("mean pixel" in done.stderr) == noted


def test_nothing_is_said_without_a_data_card(said) -> None:
    assert said(0.9, model="models/grey.safetensors") == ""
    Path("reports/dark/data/card.json").write_text("{")
    assert said(0.9) == ""
