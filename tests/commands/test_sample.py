"""New images from VAEs, and ways between images."""

from pathlib import Path

import numpy as np
import torch
from PIL import Image

import aebench


def pixels(path: str) -> np.ndarray:
    return np.asarray(Image.open(path)).astype(int)


def test_a_folder_and_a_grid_of_one_seed_hold_the_same_images(folder, run) -> None:
    model = "models/colour-vae.safetensors"
    for output in ("out", "grid.png"):
        answer = run("sample", model, "--count", 5, "--seed", 3, "-o", output)
        assert answer.returncode == 0, answer.stderr
    images = [pixels(f"out/sample-{i}.png") for i in range(1, 6)]
    assert len(list(Path("out").iterdir())) == 5
    assert len({image.tobytes() for image in images}) == 5
    # Two rows of three, white pixels between them and in the last place.
    grid = pixels("grid.png")
    assert grid.shape == (2 * 8 + 2, 3 * 10 + 2 * 2, 3)
    np.testing.assert_array_equal(grid[:8, 12:22], images[1])
    np.testing.assert_array_equal(grid[10:, :10], images[3])
    assert (grid[10:, 24:] == 255).all() and (grid[8:10] == 255).all()

    assert run("sample", model, "--count", 5, "--seed", 4, "-o", "other.png").returncode == 0
    assert (pixels("other.png") != grid).any()


def test_an_output_is_a_folder_or_a_png(folder, run) -> None:
    model = "models/grey-vae.safetensors"
    for command in (("sample", model), ("reconstruct", model, "x"), ("decode", model, "x.npz")):
        answer = run(*command, "-o", "y.JPG")
        assert answer.returncode == 2 and answer.stderr == (
            "aebench: y.JPG: no format of an output; "
            "allowed: a folder, or NAME.png for one picture\n"
        )
    assert run("sample", model, "--count", 1, "-o", "new.digits").stdout.startswith("1 image ")


def test_an_autoencoder_has_nothing_to_draw_from(folder, run) -> None:
    answer = run("sample", "models/grey.safetensors", "-o", "out")
    assert answer.returncode == 2
    assert "is a StackedAutoencoder, which has no distribution" in answer.stderr


def test_a_strip_leads_from_one_reconstruction_to_the_other(folder, run, draw) -> None:
    model = aebench.load("models/grey.safetensors")
    ends = [draw(folder / name, (6, 6)) for name in ("a.png", "second.png")]
    images = torch.from_numpy(np.stack(ends))[:, None] / 255
    a, b = model.encode(images)
    middle = {
        "straight.png": (a + b) / 2,
        # The arc's middle has the direction of the sum of its ends.
        "arc.png": (a + b) / (2 * torch.cos(torch.acos(torch.cosine_similarity(a, b, 0)) / 2)),
    }
    for output, code in middle.items():
        options = ["--arc"] if output == "arc.png" else []
        arguments = ["a.png", "second.png", "--steps", 5, "-o", output, *options]
        answer = run("interpolate", "models/grey.safetensors", *arguments)
        assert answer.returncode == 0, answer.stderr
        strip = pixels(output)
        assert strip.shape == (6, 5 * 6 + 4 * 2)
        wanted = model.decode(torch.stack([a, code, b]))[:, 0] * 255
        for found, image in zip(
            (strip[:, :6], strip[:, 16:22], strip[:, 32:]), wanted, strict=True
        ):
            np.testing.assert_allclose(found, image.numpy(), atol=0.51)
    assert (pixels("arc.png") != pixels("straight.png")).any()


def test_a_strip_needs_an_image_at_each_end_and_two_steps(folder, run, draw) -> None:
    for name in ("in/a.png", "in/b.png"):
        draw(folder / name, (6, 6))
    model = "models/grey.safetensors"
    for arguments, said in (
        (["in", "in/a.png", "-o", "s.png"], "in: holds 2 images; allowed: one at each end"),
        (["in/a.png", "in/b.png", "-o", "s.gif"], "allowed: one that ends in .png"),
        (["in/a.png", "in/b.png", "-o", "s.png", "--steps", 1], "1 is not allowed"),
    ):
        answer = run("interpolate", model, *arguments)
        assert answer.returncode == 2 and said in answer.stderr
