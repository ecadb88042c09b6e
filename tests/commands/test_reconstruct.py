"""Images through models, on the command line and in Python."""

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

import aebench


def expected(model: str, pixels: np.ndarray) -> np.ndarray:
    """What the model makes of an image, H x W x C, as bytes H x W x C."""
    images = torch.from_numpy(pixels).permute(2, 0, 1)[None] / 255
    made = aebench.load(f"models/{model}.safetensors").reconstruct(images)[0]
    return (255 * made).round().byte().permute(1, 2, 0).numpy()


@pytest.mark.parametrize("command", ["reconstruct", "denoise"])
@pytest.mark.parametrize(
    ("model", "size"), [("grey", (6, 6, 1)), ("colour", (8, 10, 3)), ("colour-vae", (8, 10, 3))]
)
def test_pngs_hold_what_the_model_gives(command, model, size, folder, run, draw) -> None:
    names = ["one.png", "sub folder/zwei ü.png"]
    shape = size if size[2] == 3 else size[:2]
    pixels = [draw(folder / "in" / name, shape).reshape(size) for name in names]
    answer = run(command, f"models/{model}.safetensors", "in", "-o", "out")
    assert answer.returncode == 0, answer.stderr
    written = sorted(str(p.relative_to("out")) for p in Path("out").rglob("*") if p.is_file())
    assert written == names
    results = [np.asarray(Image.open(Path("out", name))).reshape(size) for name in names]
    for result, image in zip(results, pixels, strict=True):
        # A batch of two may round otherwise than one of one.
        assert np.abs(result.astype(int) - expected(model, image)).max() <= 1
    assert (results[0] != results[1]).any()


def test_a_single_image_may_go_to_a_file(folder, run, draw) -> None:
    pixels = draw(folder / "a.png", (6, 6))
    answer = run("reconstruct", "models/grey.safetensors", "a.png", "-o", "new folder/b.png")
    assert answer.returncode == 0, answer.stderr
    result = np.asarray(Image.open("new folder/b.png"))[..., None]
    np.testing.assert_array_equal(result, expected("grey", pixels[..., None]))
