"""`aebench compress` and `decompress` as people type them."""

import os

import numpy as np
import pytest
from PIL import Image

from aebench.compression.container import Compressed
from aebench.compression.named import with_names, without_names
from aebench.core import paths
from aebench.data.prepared import Prepared

SIZES = {"grey": (6, 6), "grey-coder": (6, 6), "colour-coder": (8, 10, 3)}


@pytest.fixture
def drawn(folder, draw):
    """`drawn(model, count)`: so many images of the model's size in `in`, by their names."""

    def drawn(model: str, count: int) -> list[np.ndarray]:
        return [draw(folder / "in" / f"{'x' * n}.png", SIZES[model]) for n in range(1, count + 1)]

    return drawn


@pytest.mark.parametrize("model", ["grey-coder", "colour-coder"])
def test_a_vae_gives_back_the_same_images(run, drawn, folder, model) -> None:
    images = drawn(model, 7)
    done = run("compress", f"models/{model}.safetensors", "in", "-o", "file")
    assert done.returncode == 0
    assert f"7 images, {(folder / 'file').stat().st_size} bytes" in done.stdout
    assert "general tool" in done.stdout
    assert run("decompress", f"models/{model}.safetensors", "file", "-o", "out").returncode == 0
    found = sorted((folder / "out").iterdir())
    assert [path.name for path in found] == [f"{'x' * n}.png" for n in range(1, 8)]
    for path, image in zip(found, images, strict=True):
        assert np.array_equal(np.asarray(Image.open(path)), image)


def test_a_part_of_a_data_set_comes_back_by_numbers(run, draw, folder) -> None:
    images = np.zeros((2, 1, 6, 6), np.uint8)
    Prepared(images, None, np.array([2, 2], np.uint8), ()).save(paths.prepared("tiny"))
    assert (
        run("compress", "models/grey.safetensors", "data:tiny/test", "-o", "file").returncode == 0
    )
    assert run("decompress", "models/grey.safetensors", "file", "-o", "out").returncode == 0
    assert sorted(path.name for path in (folder / "out").iterdir()) == ["0.png", "1.png"]


@pytest.mark.parametrize("names", [["a"], ["a", "../b"], ["a", "/b"], ["a", "a"]])
def test_names_that_are_not_those_of_the_images_are_refused(run, drawn, folder, names) -> None:
    drawn("grey", 2)
    model = "models/grey.safetensors"
    assert run("compress", model, "in", "-o", "file").returncode == 0
    _, alone = without_names((folder / "file").read_bytes(), "file")
    (folder / "file").write_bytes(with_names(names, alone))
    done = run("decompress", model, "file", "-o", "out")
    assert done.returncode == 2 and done.stderr.count("\n") == 1 and not (folder / "out").exists()


def test_an_autoencoder_gets_smaller_with_its_step(run, drawn, folder) -> None:
    drawn("grey", 30)
    for step in (0.01, 1):
        done = run(
            "compress", "models/grey.safetensors", "in", "-o", f"file-{step}", "--step", step
        )
        assert done.returncode == 0 and "root mean squared error" in done.stdout
        assert "general tool" not in done.stdout
    assert (folder / "file-1").stat().st_size < (folder / "file-0.01").stat().st_size
    assert run("decompress", "models/grey.safetensors", "file-1", "-o", "out").returncode == 0
    assert len(list((folder / "out").iterdir())) == 30


def test_what_cannot_be_done_is_one_line(run, drawn, folder) -> None:
    drawn("grey", 2)
    (folder / "text").write_text("no file of ours")
    coder, out = "models/grey-coder.safetensors", ("-o", "out")
    for arguments, says in [
        (("compress", "models/grey-vae.safetensors", "in", *out), "grey values"),
        (("compress", "models/colour-vae.safetensors", "in", "--resize", *out), "flow"),
        (("compress", coder, "in", "--step", 2, *out), "--step: this model compresses without"),
        (("decompress", coder, "none", *out), "none: No such file"),
        (("decompress", coder, "text", *out), "text: not a file that"),
    ]:
        done = run(*arguments)
        assert done.returncode == 2 and says in done.stderr and done.stderr.count("\n") == 1
        assert not (folder / "out").exists()
    assert run("compress", coder, "in", "--step", "-1", *out).returncode == 2


def test_the_wrong_model_or_a_damaged_file_is_refused(run, drawn, folder) -> None:
    drawn("grey-coder", 2)
    file = folder / "file"
    assert run("compress", "models/grey-coder.safetensors", "in", "-o", file).returncode == 0
    done = run("decompress", "models/grey.safetensors", file, "-o", "out")
    assert done.returncode == 2 and "compressed with another model" in done.stderr
    file.write_bytes(file.read_bytes()[:-1])
    done = run("decompress", "models/grey-coder.safetensors", file, "-o", "out")
    assert done.returncode == 2 and "damaged" in done.stderr and not (folder / "out").exists()
    file.unlink()
    os.mkfifo(file)
    done = run("decompress", "models/grey-coder.safetensors", file, "-o", "out")
    assert done.returncode == 2 and "a named pipe, not a regular file" in done.stderr


def test_a_count_of_images_that_are_not_there_makes_no_names(run, folder, monkeypatch) -> None:
    file = Compressed("lossy", bytes(8), 2**32 - 1, b"")
    (folder / "file").write_bytes(file.to_bytes())
    monkeypatch.setattr("aebench.commands.compress.png_names", lambda *_: pytest.fail("named"))
    for model, says in (("none", "no such file"), ("grey", "compressed with another model")):
        done = run("decompress", f"models/{model}.safetensors", "file", "-o", "out")
        assert done.returncode == 2 and says in done.stderr
