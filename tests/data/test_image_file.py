import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image

from aebench.data.image_file import FORMATS, Unreadable, read_image

RAMP = np.arange(20 * 24 * 3, dtype=np.uint32).reshape(20, 24, 3) * 255 // (20 * 24 * 3 - 1)
RAMP = RAMP.astype(np.uint8)


@pytest.mark.parametrize("format", FORMATS)
def test_every_format_in_colour(format: str, tmp_path: Path) -> None:
    path = tmp_path / f"a{FORMATS[format][0]}"
    Image.fromarray(RAMP).save(path, format)
    read = read_image(path)
    assert read.shape == (20, 24, 3) and read.dtype == np.uint8
    # The lossy ones keep a smooth ramp to within a few levels.
    assert np.abs(read.astype(int) - RAMP).mean() < 6


def test_what_loses_nothing_comes_back_exactly(tmp_path: Path) -> None:
    for pixels in (RAMP, RAMP[..., 0]):
        Image.fromarray(pixels).save(tmp_path / "a.png")
        assert np.array_equal(read_image(tmp_path / "a.png"), pixels)


def test_black_and_white_and_16_bits_become_8(tmp_path: Path) -> None:
    Image.fromarray(RAMP[..., 0] > 100).save(tmp_path / "a.png")
    assert np.array_equal(read_image(tmp_path / "a.png"), (RAMP[..., 0] > 100) * 255)
    Image.fromarray(RAMP[..., 0].astype(np.uint16) * 257).save(tmp_path / "b.png")
    assert np.array_equal(read_image(tmp_path / "b.png"), RAMP[..., 0])


def test_transparent_pixels_lie_on_white(tmp_path: Path) -> None:
    pixels = np.dstack([RAMP, np.full((20, 24), 255, np.uint8)])
    pixels[:5, :, 3] = 0
    Image.fromarray(pixels).save(tmp_path / "a.png")
    read = read_image(tmp_path / "a.png")
    assert (read[:5] == 255).all() and np.array_equal(read[5:], RAMP[5:])


def test_a_photograph_is_turned_upright(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned right by 90 degrees
    Image.fromarray(RAMP).save(tmp_path / "a.png", exif=exif)
    assert np.array_equal(read_image(tmp_path / "a.png"), np.rot90(RAMP, -1))


def test_scaling_keeps_the_ratio_and_cuts_evenly(tmp_path: Path) -> None:
    bars = np.zeros((10, 30), np.uint8)
    bars[:, 10:20] = 200
    Image.fromarray(bars).save(tmp_path / "a.png")
    # The middle third is what a square of it shows.
    assert (read_image(tmp_path / "a.png", [10, 10]) == 200).all()
    assert read_image(tmp_path / "a.png", [5, 15]).shape == (5, 15)


def bomb(width: int, height: int) -> bytes:
    """A PNG of few bytes that declares a size."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        )

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", b"") + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        (lambda png: b"", "empty"),
        (lambda png: b"no image at all", "not an image of a known format"),
        (lambda png: png[: len(png) // 2], "truncated"),
        (lambda png: png[:60] + bytes(20) + png[80:], "broken"),
        (lambda png: b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "known format"),
        (lambda png: bomb(12_000, 10_000), "declares 10000 x 12000 pixels"),
        (lambda png: bomb(2**30, 2**30), "declares too many pixels"),
    ],
    ids=["empty", "text", "cut", "overwritten", "postscript", "bomb", "huge bomb"],
)
def test_a_broken_file_says_why(damage, says: str, tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    Image.fromarray(RAMP).save(path)
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(Unreadable, match=says) as caught:
        read_image(path)
    assert "\n" not in str(caught.value)


def test_what_is_no_file(tmp_path: Path) -> None:
    (tmp_path / "folder.png").mkdir()
    (tmp_path / "link.png").symlink_to(tmp_path / "nowhere.png")
    for name, says in (("folder.png", "not a regular file"), ("link.png", "no such file")):
        with pytest.raises(Unreadable, match=says):
            read_image(tmp_path / name)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("photometric", ["minisblack", "miniswhite"])
def test_black_and_white_of_a_tiff_are_as_its_tag_says(photometric, dtype, tmp_path):
    values = (np.arange(20).reshape(4, 5) * 12).astype(dtype) * (257 if dtype == np.uint16 else 1)
    tifffile.imwrite(tmp_path / "a.tif", values, photometric=photometric)
    expected = np.arange(20).reshape(4, 5) * 12
    if photometric == "miniswhite":
        expected = 255 - expected
    assert (read_image(tmp_path / "a.tif") == expected).all()


@pytest.mark.parametrize(
    ("dtype", "reason"),
    [
        (np.int16, "signed"),
        (np.int8, "signed"),
        (np.uint32, "32 bits a pixel"),
        (np.float32, "32 bits a pixel"),
    ],
)
def test_a_tiff_whose_samples_would_wrap_round_is_refused(dtype, reason, tmp_path):
    tifffile.imwrite(tmp_path / "a.tif", np.arange(20).reshape(4, 5).astype(dtype))
    with pytest.raises(Unreadable, match=reason):
        read_image(tmp_path / "a.tif")
