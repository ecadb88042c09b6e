"""Images of all kinds, as models take them."""

import os
import warnings
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from aebench.commands.input_images import find, read_images
from aebench.core.errors import InputError

GREY, COLOUR = (1, 6, 6), (3, 8, 10)


def read(path: Path, shape=GREY, **options: bool) -> np.ndarray:
    return read_images([path], shape, **options).pixels[0]


@pytest.fixture
def grey() -> np.ndarray:
    """6 x 6 levels that fill the range of a byte, 0 and 255 among them."""
    return np.linspace(0, 255, 36).round().astype(np.uint8).reshape(6, 6)


def kinds(grey: np.ndarray) -> dict[str, tuple[str, Image.Image]]:
    """The same picture of 6 x 6 in formats and modes that people have: file name, image."""
    image = Image.fromarray(grey)
    opaque = np.dstack([grey, grey, grey, np.full_like(grey, 255)])
    return {
        "grey": ("grey.png", image),
        "grey stored as colour": ("colour.bmp", image.convert("RGB")),
        "opaque": ("opaque.png", Image.fromarray(opaque)),
        "grey with opaque alpha": ("alpha.png", image.convert("LA")),
        "palette": ("palette.png", image.quantize(256)),
        "16 bits": ("deep.png", Image.fromarray(grey.astype(np.uint16) * 257)),
        "16 bits in TIFF": ("deep.tiff", Image.fromarray(grey.astype(np.uint16) * 257)),
        "animation": ("moving.gif", image),
        "netpbm": ("plain.pgm", image),
    }


@pytest.mark.parametrize("kind", kinds(np.zeros((6, 6), np.uint8)))
def test_one_picture_in_any_format_is_the_same_pixels(kind, grey, tmp_path) -> None:
    name, image = kinds(grey)[kind]
    path = tmp_path / name
    more = {"save_all": True, "append_images": [image.rotate(90)]} if kind == "animation" else {}
    image.save(path, **more)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        np.testing.assert_array_equal(read(path), grey[None])
    # A model of colour images sees it in three equal channels.
    np.testing.assert_array_equal(read(path, (3, 6, 6)), np.stack([grey] * 3))


def test_colour_keeps_its_channels_in_order_and_its_rows(draw, tmp_path) -> None:
    pixels = draw(tmp_path / "a.png", (8, 10, 3))
    np.testing.assert_array_equal(read(tmp_path / "a.png", COLOUR), pixels.transpose(2, 0, 1))


def test_colour_becomes_grey_only_when_asked(tmp_path) -> None:
    Image.new("RGB", (6, 6), (255, 0, 0)).save(tmp_path / "a.jpg", quality=95)
    with pytest.raises(InputError, match=r"a\.jpg: is in colour; the model takes grey.*--grey"):
        read(tmp_path / "a.jpg")
    # The luma of red: 0.299 (ITU-R BT.601).
    assert np.abs(read(tmp_path / "a.jpg", grey=True).astype(float) - 0.299 * 255).max() < 2


def test_size_and_colour_are_told_together(tmp_path) -> None:
    Image.new("RGB", (8, 6), (255, 0, 0)).save(tmp_path / "a.png")
    told = r"8 x 6 pixels; .*--resize scales it, and it is in colour; .*--grey"
    with pytest.raises(InputError, match=told):
        read(tmp_path / "a.png")


def test_another_size_is_scaled_only_when_asked(tmp_path) -> None:
    halves = np.repeat(np.uint8([0, 200]), 12)[None].repeat(18, axis=0)
    Image.fromarray(halves).save(tmp_path / "a.png")
    with pytest.raises(InputError, match=r"24 x 18 pixels; the model takes 6 x 6; --resize"):
        read(tmp_path / "a.png")
    scaled = read(tmp_path / "a.png", resize=True)
    assert scaled.shape == GREY
    assert (scaled[0, :, 0] < 5).all() and (scaled[0, :, -1] > 195).all()
    assert read(tmp_path / "a.png", (3, 5, 7), resize=True).shape == (3, 5, 7)
    with pytest.raises(InputError, match=r"24 x 18 pixels; the model takes 18 x 24"):
        read(tmp_path / "a.png", (1, 24, 18))


@pytest.mark.parametrize("ending", ["png", "jpg", "gif", "tiff", "webp", "bmp"])
def test_however_a_file_is_cut_off_the_error_is_one_line(ending, draw, tmp_path) -> None:
    path = tmp_path / f"a.{ending}"
    draw(path, (6, 6))
    whole = path.read_bytes()
    for end in range(0, len(whole), max(1, len(whole) // 40)):
        path.write_bytes(whole[:end])
        with warnings.catch_warnings():
            # Of Pillow's, which would be lines beside that one.
            warnings.simplefilter("error")
            try:
                assert read(path, grey=True).shape == GREY
            except InputError as error:
                assert str(path) in str(error) and "\n" not in str(error)


def test_a_folder_is_searched_with_all_its_folders(draw, tmp_path) -> None:
    for name in ("b/2.png", "b/1.JPG", "a ü/x y.png", "z.png", ".hidden/1.png", "b/.thumb.png"):
        draw(tmp_path / "in" / name, (6, 6))
    (tmp_path / "in" / "notes.txt").write_text("no image")
    assert list(find([tmp_path / "in"])) == ["a ü/x y.png", "b/1.JPG", "b/2.png", "z.png"]


def test_names_that_tables_cannot_hold_are_refused(draw, tmp_path) -> None:
    draw(tmp_path / "a.png", (6, 6))
    # As in names from old disks.
    (tmp_path / "a.png").rename(tmp_path / os.fsdecode(b"\xfc.png"))
    with pytest.raises(InputError, match=r"udcfc\.png': its name is not UTF-8"):
        find([tmp_path])


def test_a_file_that_is_named_is_read_whatever_its_ending(draw, tmp_path) -> None:
    pixels = draw(tmp_path / "a.png", (6, 6))
    (tmp_path / "a.png").rename(tmp_path / "image without ending")
    np.testing.assert_array_equal(read(tmp_path / "image without ending"), pixels[None])


def test_what_a_folder_holds_besides_images_is_said(draw, tmp_path, capsys) -> None:
    for name in ("a/1.png", "a/@eaDir/1.png/SYNOPHOTO_THUMB_M.jpg", "elsewhere/1.png"):
        draw(tmp_path / name, (6, 6))
    (tmp_path / "a" / "b").mkdir()
    (tmp_path / "a" / "b" / "link").symlink_to(tmp_path / "elsewhere")
    assert list(find([tmp_path / "a"])) == ["1.png"]
    said = capsys.readouterr().err.splitlines()
    assert len(said) == 2 and "@eaDir" in said[0] and "link to a folder, such as b/link" in said[1]


def test_a_folder_that_cannot_be_read_is_an_error(draw, tmp_path, monkeypatch) -> None:
    draw(tmp_path / "a" / "1.png", (6, 6))
    draw(tmp_path / "b" / "2.png", (6, 6))
    scandir = os.scandir

    def refuse(path):
        if os.path.basename(path) == "b":
            # As whoever is not root sees it.
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)
    with pytest.raises(InputError, match=r"b: Permission denied"):
        find([tmp_path])


def test_what_is_no_file_is_refused(tmp_path) -> None:
    os.mkfifo(tmp_path / "pipe.png")
    with pytest.raises(InputError, match="a named pipe, not a regular file"):
        read(tmp_path / "pipe.png")
    for name in ("n" * 300, "zero\0byte"):
        with pytest.raises(InputError, match=r"too long|null (byte|character)"):
            find([tmp_path / name])


def test_a_range_mends_what_would_be_dark(tmp_path, capsys) -> None:
    values = np.linspace(0, 4095, 36).reshape(6, 6).astype(np.uint16)
    Image.fromarray(values).save(tmp_path / "a.png")
    assert read(tmp_path / "a.png").max() == 16
    assert "brightest pixel is 16 of 255; " in (said := capsys.readouterr().err)
    assert "`--range BLACK WHITE`" in said
    pixels = read_images([tmp_path / "a.png"], GREY, range=[0, 4095]).pixels[0, 0]
    assert np.array_equal(pixels, np.rint(values / 4095 * 255))
    assert capsys.readouterr().err == ""
    with pytest.raises(InputError, match="--range: 5 5; allowed: the lower number first"):
        read_images([tmp_path / "a.png"], GREY, range=[5, 5])
