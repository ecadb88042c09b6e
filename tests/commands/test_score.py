"""Scores against the model's own numbers."""

import csv
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

import aebench
from aebench.data.prepared import Prepared
from aebench.metrics.importance import log_likelihood
from aebench.metrics.threshold import anomaly_threshold
from aebench.models.encoder_decoder import EncoderDecoder


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


@pytest.fixture
def data(folder, prepared: Prepared) -> Prepared:
    prepared.save(folder / "data" / "tiny" / "prepared.safetensors")
    return prepared


def test_images_above_the_threshold_of_normal_ones_are_marked(data, run) -> None:
    normal = ["--normal", "data:tiny/validation", "--false-alarms", 0.4]
    vae = ["models/grey-vae.safetensors", "--samples", 3]
    answer = run("score", *vae, "data:tiny/test", *normal, "-o", "s.csv")
    assert answer.returncode == 0, answer.stderr
    assert run("score", *vae, "data:tiny/validation", "-o", "n.csv").returncode == 0
    rows, usual = scores("s.csv"), scores("n.csv")
    for name in ("squared_error", "nll_nats"):
        normal_scores = torch.tensor([float(row[name]) for row in usual], dtype=torch.float64)
        threshold = anomaly_threshold(normal_scores, 0.4)
        flags = [float(row[name]) > threshold for row in rows]
        assert [row[f"{name}_anomalous"] for row in rows] == [str(int(flag)) for flag in flags]
        assert 0 < sum(flags) < len(flags)
        assert (
            f"{name}: anomalous above {threshold:.6f}, which 0.4 of normal images exceed; "
            f"{sum(flags)} of 40 images do\n"
        ) in answer.stdout


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (
            ["--false-alarms", 0.1],
            "its data set is not known; allowed: --normal data:DATASET/valid",
        ),
        (["--normal", "in"], "--normal: for no threshold; allowed: with --false-alarms RATE"),
        (
            ["--false-alarms", 0.01, "--normal", "data:tiny/test"],
            "--false-alarms 0.01: 40 normal images are too few; allowed: 99 or more",
        ),
        (["--false-alarms", 1], "1 is not allowed; allowed: below 1"),
        (["--maps", "s.csv"], "s.csv: is OUTPUT; allowed: another folder"),
        (["--maps", "in/maps"], "lies in in, an input"),
        (["--maps", "m.jpg"], "m.jpg: no format of an output"),
    ],
)
def test_a_wrong_option_is_one_line_and_writes_nothing(options, said, data, run, draw) -> None:
    draw(Path("in/a.png"), (6, 6))
    answer = run("score", "models/grey.safetensors", "in", *options, "-o", "s.csv")
    assert (answer.returncode, answer.stderr.count("\n")) == (2, 1), answer.stderr
    assert said in answer.stderr and not Path("s.csv").exists()


def test_maps_share_each_images_error_among_its_pixels(folder, run, draw) -> None:
    pixels = [draw(folder / "in" / name, (8, 10, 3)) for name in ("a.png", "bb.jpg.png")]
    model = "models/colour.safetensors"
    assert run("score", model, "in", "-o", "s.csv", "--maps", "maps").returncode == 0
    images = torch.from_numpy(np.stack(pixels)).permute(0, 3, 1, 2) / 255
    errors = ((aebench.load(model).reconstruct(images) - images) ** 2).sum(1)
    maps = [np.asarray(Image.open(f"maps/{name}")) for name in ("a.png", "bb.jpg.png")]
    np.testing.assert_allclose(maps, errors / errors.max() * 255, atol=0.51)
    wanted = [float(row["squared_error"]) for row in scores("s.csv")]
    np.testing.assert_allclose(errors.sum((1, 2)), wanted, rtol=1e-5)


def test_the_map_of_a_model_without_error_is_black(folder, run, draw, monkeypatch) -> None:
    draw(folder / "in" / "a.png", (6, 6))
    monkeypatch.setattr(EncoderDecoder, "reconstruct", lambda model, images: images)
    model = "models/grey.safetensors"
    assert run("score", model, "in", "-o", "s.csv", "--maps", "maps").returncode == 0
    assert not np.asarray(Image.open("maps/a.png")).any()
