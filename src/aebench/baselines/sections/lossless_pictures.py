"""Lossless picture formats: those of Pillow, and newer ones of imagecodecs."""

from typing import TYPE_CHECKING, Any, ClassVar, Literal

from aebench.baselines.base import Archiver

if TYPE_CHECKING:
    import numpy as np

    from aebench.compression.files import Files


class LosslessPictureFormat(Archiver):
    """A format of Pillow, and the options to write it with."""

    format: ClassVar[str]
    options: ClassVar[dict[str, Any]]

    def lossless_files(self, images: "np.ndarray", whole: bool) -> "Files":
        from aebench.compression.picture_formats import by_pictures, encode_picture

        return by_pictures(
            images, whole, lambda picture: encode_picture(picture, self.format, **self.options)
        )


class PNG(LosslessPictureFormat):
    """PNG; black-and-white images take a bit a pixel."""

    name: Literal["png"] = "png"
    format: ClassVar[str] = "PNG"
    options: ClassVar[dict[str, Any]] = {"optimize": True}

    def lossless_files(self, images: "np.ndarray", whole: bool) -> "Files":
        import numpy as np

        from aebench.compression.picture_formats import by_pictures, encode_picture

        if images.shape[1] == 1 and np.isin(images, (0, 255)).all():
            return by_pictures(
                images,
                whole,
                lambda picture: encode_picture(picture.convert("1"), "PNG", optimize=True),
            )
        return super().lossless_files(images, whole)


class LosslessWebP(LosslessPictureFormat):
    """WebP at its slowest and best."""

    name: Literal["lossless-webp"] = "lossless-webp"
    format: ClassVar[str] = "WEBP"
    options: ClassVar[dict[str, Any]] = {
        "lossless": True,
        "quality": 100,
        "method": 6,
        "exact": True,
    }


class LosslessJPEG2000(LosslessPictureFormat):
    """JPEG 2000 with the reversible wavelet, bare codestreams."""

    name: Literal["lossless-jpeg2000"] = "lossless-jpeg2000"
    format: ClassVar[str] = "JPEG2000"
    options: ClassVar[dict[str, Any]] = {"irreversible": False, "no_jp2": True}


class LosslessCodec(Archiver):
    """A codec of imagecodecs, `codec`, and the options to encode with."""

    codec: ClassVar[str]
    options: ClassVar[dict[str, Any]]

    def lossless_files(self, images: "np.ndarray", whole: bool) -> "Files":
        import imagecodecs

        from aebench.compression.picture_formats import by_arrays

        encode = getattr(imagecodecs, f"{self.codec}_encode")
        decode = getattr(imagecodecs, f"{self.codec}_decode")
        return by_arrays(images, whole, lambda array: encode(array, **self.options), decode)


class JPEGLS(LosslessCodec):
    """JPEG-LS, which predicts each pixel from its neighbours (Weinberger et al. 2000)."""

    name: Literal["jpeg-ls"] = "jpeg-ls"
    codec: ClassVar[str] = "jpegls"
    options: ClassVar[dict[str, Any]] = {}


class LosslessJPEGXL(LosslessCodec):
    """JPEG XL without loss, at its slowest and best."""

    name: Literal["lossless-jpeg-xl"] = "lossless-jpeg-xl"
    codec: ClassVar[str] = "jpegxl"
    options: ClassVar[dict[str, Any]] = {"lossless": True, "effort": 9}
