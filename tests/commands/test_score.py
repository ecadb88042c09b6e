"""Scores against the model's own numbers."""

import csv

import numpy as np
import pytest
import torch
from PIL import Image

import aebench
from aebench.metrics.importance import log_likelihood


def scores(path: str) -> list[dict[str, str]]:
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_the_squared_error_is_summed_over_pixels_in_0_to_1(folder, run, draw) -> None:
    pixels = {name: draw(folder / "in" / name, (8, 10, 3)) for name in ("a, ü.png", "b.png")}
    assert run("score", "models/colour.safetensors", "in", "-o", "s.csv").returncode == 0
    rows = scores("s.csv")
    assert [list(row) for row in rows] == [["name", "squared_error"]] * 2
    model = aebench.load("models/colour.safetensors")
    for row in rows:
        image = torch.from_numpy(pixels[row["name"]]).permute(2, 0, 1)[None] / 255
        error = ((model.reconstruct(image) - image) ** 2).sum().item()
        assert float(row["squared_error"]) == pytest.approx(error, rel=1e-4)


@pytest.mark.parametrize(("model", "size"), [("grey-vae", (6, 6)), ("colour-vae", (8, 10, 3))])
def test_a_vae_tells_its_negative_log_likelihood(model, size, folder, run, draw) -> None:
    path = folder / "in" / "a.png"
    pixels = draw(path, size)
    if model == "grey-vae":
        # Black and white, so that there is nothing to draw.
        pixels = np.where(pixels > 127, 255, 0).astype(np.uint8)
        Image.fromarray(pixels).save(path)
    arguments = [f"models/{model}.safetensors", "in", "-o", "s.csv", "--samples", 4000]
    answer = run("score", *arguments)
    assert answer.returncode == 0, answer.stderr
    images = torch.from_numpy(np.atleast_3d(pixels)).permute(2, 0, 1)[None]
    net = aebench.load(f"models/{model}.safetensors")
    wanted = log_likelihood(net, images, 4000, "none", seed=5).nll
    (row,) = scores("s.csv")
    assert float(row["nll_nats"]) == pytest.approx(wanted, rel=0.01)
