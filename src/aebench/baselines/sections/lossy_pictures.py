"""Lossy picture formats; each has one setting, from small to large files."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from aebench.baselines.base import Codec

if TYPE_CHECKING:
    import numpy as np

    from aebench.compression.files import Files

JPEG_QUALITIES = (1, 2, 3, 5, 7, 10, 15, 20, 30, 50, 70, 80, 90, 95, 98)
DECIBELS = (8, 10, 12, 14, 16, 18, 20, 22, 25, 28, 31, 35, 40, 45, 50)
QUALITIES = (0, 2, 5, 10, 15, 20, 30, 40, 50, 60, 70, 80, 90, 95, 100)


class PictureFormat(Codec):
    """A format of Pillow."""

    format: ClassVar[str]
    settings: ClassVar[tuple[int, ...]] = QUALITIES

    def options(self, setting: int) -> dict[str, Any]:
        """Pillow's options for this setting."""
        raise NotImplementedError

    def lossy_files(
        self, images: "np.ndarray", train: "np.ndarray", whole: bool
    ) -> Iterator["Files"]:
        for setting in self.settings:
            yield self.files_at(setting, images, whole)

    def files_at(self, setting: int, images: "np.ndarray", whole: bool = False) -> "Files":
        """Encode and decode uint8 images, N x C x H x W, with one of the `settings`."""
        from aebench.compression.picture_formats import by_pictures, encode_picture

        options = self.options(setting)
        return by_pictures(
            images, whole, lambda picture: encode_picture(picture, self.format, **options)
        )


class JPEG(PictureFormat):
    """JPEG with optimal Huffman tables."""

    name: Literal["jpeg"] = "jpeg"
    format: ClassVar[str] = "JPEG"
    settings: ClassVar[tuple[int, ...]] = JPEG_QUALITIES

    def options(self, setting: int) -> dict[str, Any]:
        return {"quality": setting, "optimize": True}


class WebP(PictureFormat):
    """WebP at its slowest and best."""

    name: Literal["webp"] = "webp"
    format: ClassVar[str] = "WEBP"

    def options(self, setting: int) -> dict[str, Any]:
        return {"quality": setting, "method": 6}


class JPEG2000(PictureFormat):
    """JPEG 2000, bare codestreams; a setting is the PSNR in dB."""

    name: Literal["jpeg2000"] = "jpeg2000"
    format: ClassVar[str] = "JPEG2000"
    settings: ClassVar[tuple[int, ...]] = DECIBELS

    def options(self, setting: int) -> dict[str, Any]:
        lossy = {"irreversible": True, "quality_mode": "dB", "no_jp2": True}
        return {"quality_layers": [setting], **lossy}


class AVIF(PictureFormat):
    """AVIF."""

    name: Literal["avif"] = "avif"
    format: ClassVar[str] = "AVIF"

    def options(self, setting: int) -> dict[str, Any]:
        # Speeds 0 and 1 take at least three times as long.
        return {"quality": setting, "speed": 2}
