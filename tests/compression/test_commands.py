"""`aebench compress` and `decompress` as people type them."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from aebench import cli
from aebench.compression.pictures import read_images


@pytest.fixture
def aebench(monkeypatch, capsys):
    """`aebench("compress", ...)` -> exit code, what it printed, what it complained about."""

    def aebench(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.argv", ["aebench", *map(str, arguments)])
        code = cli.main()
        return code, *capsys.readouterr()

    return aebench


def put(folder: Path, images: np.ndarray) -> Path:
    folder.mkdir()
    for n, image in enumerate(images):
        picture = image[0] if len(image) == 1 else np.moveaxis(image, 0, -1)
        Image.fromarray(picture).save(folder / f"{n}.png")
    return folder


@pytest.mark.parametrize("shape", [(1, 5, 4), (3, 4, 6)])
def test_a_vae_gives_back_the_same_images(aebench, saved, draw, tmp_path, shape):
    model = saved("vae", shape, likelihood="beta-binomial")
    images = draw(7, shape)
    folder, file, out = put(tmp_path / "in", images), tmp_path / "file", tmp_path / "out"
    code, said, _ = aebench("compress", model, folder, "-o", file)
    assert code == 0
    assert f"7 images, {file.stat().st_size} bytes" in said
    assert aebench("decompress", model, file, "-o", out)[0] == 0
    assert sorted(path.name for path in out.iterdir()) == [f"0000{n}.png" for n in range(7)]
    assert np.array_equal(read_images([out], shape), images)


def test_an_autoencoder_gets_smaller_with_its_step(aebench, saved, draw, tmp_path):
    model = saved("autoencoder", (1, 5, 4))
    folder = put(tmp_path / "in", draw(30, (1, 5, 4)))
    files = {step: tmp_path / f"{step}" for step in (0.01, 1)}
    for step, file in files.items():
        code, said, _ = aebench("compress", model, folder, "-o", file, "--step", step)
        assert code == 0 and "root mean squared error" in said
    assert files[1].stat().st_size < files[0.01].stat().st_size
    assert aebench("decompress", model, files[1], "-o", tmp_path / "out")[0] == 0
    assert read_images([tmp_path / "out"], (1, 5, 4)).shape == (30, 1, 5, 4)


def test_nothing_is_overwritten_without_being_told(aebench, saved, draw, tmp_path):
    model = saved("vae", (1, 5, 4), likelihood="beta-binomial")
    folder, file, out = (
        put(tmp_path / "in", draw(2, (1, 5, 4))),
        tmp_path / "file",
        tmp_path / "out",
    )
    file.write_text("mine")
    code, _, complaint = aebench("compress", model, folder, "-o", file)
    assert code == 2 and "--force" in complaint and file.read_text() == "mine"
    assert aebench("compress", model, folder, "-o", file, "--force")[0] == 0
    out.mkdir()
    (out / "00001.png").write_text("mine")
    code, _, complaint = aebench("decompress", model, file, "-o", out)
    assert code == 2 and "--force" in complaint and not (out / "00000.png").exists()
    assert aebench("decompress", model, file, "-o", out, "--force")[0] == 0


def test_what_cannot_be_done_is_one_line(aebench, saved, draw, tmp_path):
    model = saved("vae", (1, 5, 4))
    folder = put(tmp_path / "in", draw(2, (1, 5, 4)))
    broken = tmp_path / "broken.png"
    broken.write_bytes((folder / "0.png").read_bytes()[:40])
    Image.new("L", (3, 5)).save(tmp_path / "small.png")
    (tmp_path / "empty").mkdir()
    output = ("-o", tmp_path / "out")
    for arguments, says in [
        (("compress", model, folder, *output), "grey values"),
        (("compress", model, broken, *output), "broken.png: not an image, or damaged"),
        (("compress", model, tmp_path / "none.png", *output), "none.png: No such file"),
        (
            ("compress", model, tmp_path / "small.png", *output),
            "3 x 5 pixels; allowed: the model's 4 x 5",
        ),
        (("compress", model, tmp_path / "empty", *output), "no images in this folder"),
        (("decompress", model, tmp_path / "none", *output), "none: No such file"),
        (("decompress", model, broken, *output), "broken.png: not a file"),
    ]:
        code, _, complaint = aebench(*arguments)
        assert code == 2 and says in complaint and complaint.count("\n") == 1
        assert not (tmp_path / "out").exists()


def test_the_wrong_model_or_a_damaged_file_is_refused(aebench, saved, draw, tmp_path):
    model = saved("vae", (1, 5, 4), likelihood="beta-binomial")
    other = saved("autoencoder", (1, 5, 4))
    file, out = tmp_path / "file", tmp_path / "out"
    aebench("compress", model, put(tmp_path / "in", draw(2, (1, 5, 4))), "-o", file)
    code, _, complaint = aebench("decompress", other, file, "-o", out)
    assert code == 2 and "file: compressed with another model" in complaint
    file.write_bytes(file.read_bytes()[:-1])
    code, _, complaint = aebench("decompress", model, file, "-o", out)
    assert code == 2 and "file: damaged" in complaint and not out.exists()
