"""Codecs and archivers: what is lossless is, and what is not goes along a curve."""

import gzip
import io

import numpy as np
import pytest
from PIL import Image

from aebench.baselines.base import Archiver
from aebench.baselines.sections.few_levels import FewLevels
from aebench.baselines.sections.lossless_pictures import PNG
from aebench.baselines.sections.lossy_pictures import AVIF, JPEG, JPEG2000, PictureFormat, WebP
from aebench.baselines.sections.streams import Gzip
from aebench.compression import picture_formats
from aebench.compression.files import Files, pack_bits

FORMATS = pytest.mark.parametrize(
    "codec", [JPEG(), WebP(), JPEG2000(), AVIF()], ids=lambda c: c.name
)


@pytest.fixture(params=[False, True], ids=["each", "whole"])
def whole(request) -> bool:
    return request.param


@pytest.fixture
def smooth() -> np.ndarray:
    """7 images of 1 x 16 x 12."""
    y, x = np.mgrid[:16, :12]
    phase = np.arange(7).reshape(-1, 1, 1)
    return (127 + 120 * np.sin(x / 4 + phase) * np.cos(y / 5))[:, None].astype(np.uint8)


def error(files: Files, images: np.ndarray) -> float:
    return float(np.square(files.images.astype(float) - images).mean())


@pytest.mark.parametrize("name", Archiver.known())
@pytest.mark.parametrize(("count", "shape"), [(1, (1, 5, 4)), (7, (3, 6, 9))])
def test_archivers_give_the_same_images(name, count, shape, whole, draw):
    images = draw(count, shape)
    archiver = Archiver.known()[name]()
    files = archiver.lossless_files(images, whole)
    assert np.array_equal(files.images, images)
    assert len(files.sizes) == (1 if whole else count)
    assert files.bits_per_pixel == 8 * sum(files.sizes) / images.size
    assert archiver.lossless_files(images, whole).sizes == files.sizes


@FORMATS
def test_a_picture_format_goes_from_small_to_good(codec: PictureFormat, whole, smooth):
    rough, *_, fine = codec.lossy_files(smooth, smooth, whole)
    assert sum(rough.sizes) < sum(fine.sizes)
    assert error(fine, smooth) < 20 < error(rough, smooth)


@FORMATS
def test_colours_and_the_order_of_tiles_stay(codec: PictureFormat, whole):
    flat = np.array([[250, 10, 10], [10, 250, 10], [10, 10, 250], [200] * 3, [0] * 3], np.uint8)
    images = np.tile(flat[:, :, None, None], (1, 1, 16, 16))
    files = codec.files_at(codec.settings[-1], images, whole)
    assert files.images.shape == images.shape
    # Colours at half the resolution run into the next tile; another order would be 10,000 off.
    assert error(files, images) < 300


@pytest.mark.parametrize(("levels", "bits"), [(2, 1), (4, 2), (6, 4), (16, 4)])
def test_few_levels_are_even_and_take_as_few_bits(levels, bits, whole, draw, monkeypatch):
    images = draw(7, (1, 6, 5))
    written = []
    saved = picture_formats.encode_picture

    def noted(*arguments, **options) -> bytes:
        written.append(saved(*arguments, **options))
        return written[-1]

    monkeypatch.setattr(picture_formats, "encode_picture", noted)
    files = FewLevels().files_at(levels, images, whole)
    shades = np.rint(np.linspace(0, 255, levels))
    nearest = shades[np.abs(images[..., None] - np.linspace(0, 255, levels)).argmin(-1)]
    assert np.array_equal(files.images, nearest)
    # The byte of a PNG's header that says so.
    assert {data[24] for data in written} == {bits}


def test_few_levels_of_colours(draw):
    images = draw(3, (3, 4, 4))
    assert error(FewLevels().files_at(16, images), images) < (255 / 15) ** 2 / 12 * 1.3


def test_black_and_white_png_takes_a_bit_a_pixel(draw):
    images = draw(400, (1, 8, 8), two_valued=True)
    files = PNG().lossless_files(images, whole=True)
    assert np.array_equal(files.images, images)
    # Random bits cannot be had for less.
    assert 1 <= files.bits_per_pixel < 1.1
    assert Gzip().lossless_files(pack_bits(images), whole=True).sizes[0] < 400 * 8 + 50


def test_sizes_are_those_of_files_that_others_can_read(smooth):
    [size] = Gzip().lossless_files(smooth, whole=True).sizes
    assert size == len(gzip.compress(smooth.tobytes(), 9, mtime=0))
    file = io.BytesIO()
    Image.fromarray(smooth[0, 0]).save(file, "JPEG", quality=50, optimize=True)
    assert JPEG().files_at(50, smooth).sizes[0] == len(file.getvalue())
