import os
import struct
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image

from aebench.data.image_file import FORMATS, Unreadable, read_header, read_image

RAMP = np.arange(20 * 24 * 3, dtype=np.uint32).reshape(20, 24, 3) * 255 // (20 * 24 * 3 - 1)
RAMP = RAMP.astype(np.uint8)


@pytest.mark.parametrize("format", FORMATS)
def test_every_format_in_colour(format: str, tmp_path: Path) -> None:
    path = tmp_path / f"a{FORMATS[format][0]}"
    Image.fromarray(RAMP).save(path, format)
    read = read_image(path).pixels
    assert read.shape == (20, 24, 3) and read.dtype == np.uint8
    # The lossy ones keep a smooth ramp to within a few levels.
    assert np.abs(read.astype(int) - RAMP).mean() < 6


def test_what_loses_nothing_comes_back_exactly(tmp_path: Path) -> None:
    for pixels in (RAMP, RAMP[..., 0]):
        Image.fromarray(pixels).save(tmp_path / "a.png")
        assert np.array_equal(read_image(tmp_path / "a.png").pixels, pixels)


def test_black_and_white_and_16_bits_become_8(tmp_path: Path) -> None:
    Image.fromarray(RAMP[..., 0] > 100).save(tmp_path / "a.png")
    assert np.array_equal(read_image(tmp_path / "a.png").pixels, (RAMP[..., 0] > 100) * 255)
    Image.fromarray(RAMP[..., 0].astype(np.uint16) * 257).save(tmp_path / "b.png")
    assert np.array_equal(read_image(tmp_path / "b.png").pixels, RAMP[..., 0])


def test_transparent_pixels_lie_on_white(tmp_path: Path) -> None:
    pixels = np.dstack([RAMP, np.full((20, 24), 255, np.uint8)])
    pixels[:5, :, 3] = 0
    Image.fromarray(pixels).save(tmp_path / "a.png")
    read = read_image(tmp_path / "a.png").pixels
    assert (read[:5] == 255).all() and np.array_equal(read[5:], RAMP[5:])


def test_a_photograph_is_turned_upright(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned right by 90 degrees
    Image.fromarray(RAMP).save(tmp_path / "a.png", exif=exif)
    assert np.array_equal(read_image(tmp_path / "a.png").pixels, np.rot90(RAMP, -1))


def test_scaling_keeps_the_ratio_and_cuts_evenly(tmp_path: Path) -> None:
    bars = np.zeros((10, 30), np.uint8)
    bars[:, 10:20] = 200
    Image.fromarray(bars).save(tmp_path / "a.png")
    # The middle third is what a square of it shows.
    assert (read_image(tmp_path / "a.png", [10, 10]).pixels == 200).all()
    assert read_image(tmp_path / "a.png", [5, 15]).pixels.shape == (5, 15)


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


@pytest.mark.parametrize("read", [read_image, read_header])
def test_what_is_no_file(read: Callable, tmp_path: Path) -> None:
    (tmp_path / "folder.png").mkdir()
    (tmp_path / "link.png").symlink_to(tmp_path / "nowhere.png")
    (tmp_path / "ring.png").symlink_to(tmp_path / "ring.png")
    # Who opens it waits for somebody who writes.
    os.mkfifo(tmp_path / "pipe.png")
    for name, says in (
        ("folder.png", "a folder, not a regular file"),
        ("link.png", "no such file"),
        ("ring.png", "Too many levels of symbolic links"),
        ("pipe.png", "a named pipe, not a regular file"),
        ("n" * 300, "File name too long"),
    ):
        with pytest.raises(Unreadable, match=says):
            read(tmp_path / name)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("photometric", ["minisblack", "miniswhite"])
def test_black_and_white_of_a_tiff_are_as_its_tag_says(photometric, dtype, tmp_path):
    values = (np.arange(20).reshape(4, 5) * 12).astype(dtype) * (257 if dtype == np.uint16 else 1)
    tifffile.imwrite(tmp_path / "a.tif", values, photometric=photometric)
    expected = np.arange(20).reshape(4, 5) * 12
    if photometric == "miniswhite":
        expected = 255 - expected
    assert (read_image(tmp_path / "a.tif").pixels == expected).all()


@pytest.mark.parametrize(
    ("dtype", "reason"),
    [
        (np.int16, "signed"),
        (np.int8, "signed"),
        (np.uint32, "32 bits a pixel"),
        (np.float32, "32 bits a pixel"),
    ],
)
@pytest.mark.parametrize("read", [read_image, read_header])
def test_a_tiff_whose_scale_is_not_known_is_refused(read, dtype, reason, tmp_path):
    tifffile.imwrite(tmp_path / "a.tif", np.arange(20).reshape(4, 5).astype(dtype))
    with pytest.raises(Unreadable, match=f"{reason}.* or a `range` of black and white"):
        read(tmp_path / "a.tif")


RANGES = [
    (np.uint8, 10, 40),
    (np.uint16, 0, 4095),
    (np.uint16, 300, 40000),
    (np.float32, -1, 1),
    (np.float32, 0, 4095),
    (np.uint32, 0, 2**32 - 1),
    (np.int8, -100, 100),
    (np.int16, -1000, 2000),
    (np.int32, -5, 70000),
]


@pytest.mark.parametrize(
    ("dtype", "black", "white", "photometric"),
    # Of those in which 0 is white Pillow knows the first.
    [(*case, "minisblack") for case in RANGES] + [(*case, "miniswhite") for case in RANGES[:5]],
)
def test_a_range_says_what_black_and_white_are(dtype, black, white, photometric, tmp_path):
    shares = np.linspace(0, 1, 20).reshape(4, 5)
    values = (black + shares * (white - black)).astype(dtype)
    tifffile.imwrite(tmp_path / "a.tif", values, photometric=photometric)
    expected = (values.astype(float) - black) / (white - black)
    if photometric == "miniswhite":
        expected = 1 - expected
    read = read_image(tmp_path / "a.tif", bounds=[black, white]).pixels
    assert read.dtype == np.uint8 and np.array_equal(read, np.rint(255 * expected))


def test_12_bits_in_a_png_of_16_are_dark_without_a_range(tmp_path: Path) -> None:
    values = (np.arange(20).reshape(4, 5) * 215).astype(np.uint16)
    Image.fromarray(values).save(tmp_path / "a.png")
    assert read_image(tmp_path / "a.png").pixels.max() == 16
    read = read_image(tmp_path / "a.png", bounds=[0, 4095]).pixels
    assert np.array_equal(read, np.rint(values / 4095 * 255)) and read.max() > 250
    with pytest.raises(Unreadable, match="pixels from 0 to 4085; allowed: 0 to 4000"):
        read_image(tmp_path / "a.png", bounds=[0, 4000])


def test_a_range_holds_for_colours_of_8_bits_and_not_for_those_that_pillow_cuts(tmp_path):
    Image.fromarray(RAMP // 16).save(tmp_path / "a.png")
    read = read_image(tmp_path / "a.png", bounds=[0, 15]).pixels
    assert np.array_equal(read, RAMP // 16 * 17)
    tifffile.imwrite(tmp_path / "b.tif", RAMP.astype(np.uint16) * 257, photometric="rgb")
    assert np.array_equal(read_image(tmp_path / "b.tif").pixels, RAMP)
    with pytest.raises(Unreadable, match="16 bits a colour, of which 8 are read"):
        read_image(tmp_path / "b.tif", bounds=[0, 65535])


def test_what_is_no_number_is_no_pixel(tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "a.tif", np.array([[0.5, np.nan]], np.float32))
    with pytest.raises(Unreadable, match="nan"):
        read_image(tmp_path / "a.tif", bounds=[0, 1])


def tiff_of_12_bits(samples: Sequence[int], width: int) -> bytes:
    """A TIFF whose samples are packed, three bytes for two; tags as in TIFF 6.0."""
    pairs = zip(samples[::2], samples[1::2], strict=True)
    data = b"".join(((a << 12) | b).to_bytes(3, "big") for a, b in pairs)
    tags = {256: width, 257: len(samples) // width, 258: 12, 259: 1, 262: 1, 273: 8, 277: 1}
    tags |= {278: len(samples) // width, 279: len(data)}
    entries = b"".join(struct.pack("<HHII", tag, 4, 1, tags[tag]) for tag in sorted(tags))
    head = struct.pack("<2sHI", b"II", 42, 8 + len(data))
    return head + data + struct.pack("<H", len(tags)) + entries + bytes(4)


def test_packed_12_bits_fill_the_scale(tmp_path: Path) -> None:
    (tmp_path / "a.tif").write_bytes(tiff_of_12_bits([0, 1024, 2048, 4095], 2))
    assert read_image(tmp_path / "a.tif").pixels.tolist() == [[0, 64], [128, 255]]


def test_pictures_beyond_the_first_are_remarked(tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "a.tif", np.stack([RAMP[..., 0]] * 3), photometric="minisblack")
    Image.fromarray(RAMP).save(tmp_path / "b.png")
    assert "of which the first is used" in str(read_image(tmp_path / "a.tif").remark)
    assert read_image(tmp_path / "b.png").remark is None


@pytest.mark.parametrize("orientation", [1, 6])
@pytest.mark.parametrize("size", [None, [7, 5]])
def test_a_header_tells_the_size(orientation: int, size: list | None, tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.fromarray(RAMP).save(tmp_path / "a.jpg", exif=exif)
    whole, header = read_image(tmp_path / "a.jpg", size), read_header(tmp_path / "a.jpg", size)
    assert header.pixels.shape[:2] == whole.pixels.shape[:2]


@pytest.mark.parametrize(
    ("dtype", "photometric", "says"),
    [
        (np.float64, "minisblack", "a TIFF of 64 bits a pixel, float"),
        (np.float16, "minisblack", "a TIFF of 16 bits a pixel, float"),
        (np.uint32, "miniswhite", "a TIFF of 32 bits a pixel, unsigned, 0 is white"),
        (np.int16, "miniswhite", "a TIFF of 16 bits a pixel, signed, 0 is white"),
        (np.complex64, "minisblack", "a TIFF of 64 bits a pixel, complex"),
    ],
)
def test_a_tiff_that_pillow_does_not_open_is_refused_by_name(dtype, photometric, says, tmp_path):
    tifffile.imwrite(tmp_path / "a.tif", np.ones((4, 5), dtype), photometric=photometric)
    with pytest.raises(Unreadable, match=f"^{says};"):
        read_image(tmp_path / "a.tif", bounds=[0, 1])
    (tmp_path / "a.tif").write_bytes((tmp_path / "a.tif").read_bytes()[:9])
    with pytest.raises(Unreadable, match="a TIFF without readable tags"):
        read_image(tmp_path / "a.tif")
