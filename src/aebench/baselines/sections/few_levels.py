"""PNG of images with few grey levels."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal

from aebench.baselines.base import Codec

if TYPE_CHECKING:
    import numpy as np
    from PIL import Image

    from aebench.compression.files import Files

# Stored in 1, 2, 2, 4, 4 and 4 bits a pixel.
LEVELS = (2, 3, 4, 6, 8, 16)


class FewLevels(Codec):
    """PNG of pixels rounded to a few evenly spaced grey levels, in as few bits.

    Each channel is a grey picture of its own.
    """

    name: Literal["few-levels"] = "few-levels"

    def lossy_files(
        self, images: "np.ndarray", train: "np.ndarray", whole: bool
    ) -> Iterator["Files"]:
        for levels in LEVELS:
            yield self.files_at(levels, images, whole)

    def files_at(self, levels: int, images: "np.ndarray", whole: bool = False) -> "Files":
        """Encode and decode uint8 images, N x C x H x W, with 2 to 16 `levels`."""
        import numpy as np

        from aebench.compression.files import Files
        from aebench.compression.picture_formats import by_pictures, encode_picture
        from aebench.data.scaling import to_unit_range

        rounded = np.rint(to_unit_range(images) * (levels - 1)).astype(np.uint8)
        # With fewer than 8 bits, Pillow writes palettes, but not grey values.
        shades = np.rint(np.arange(levels) * 255 / (levels - 1)).astype(np.uint8)
        bits = 1 if levels == 2 else 2 if levels <= 4 else 4

        def save(picture: "Image.Image") -> bytes:
            picture.putpalette(np.repeat(shades, 3).tobytes())
            return encode_picture(picture, "PNG", optimize=True, bits=bits)

        grey = rounded.reshape(-1, 1, *images.shape[2:])
        files = by_pictures(grey, whole, save)
        return Files(files.sizes, files.images.reshape(images.shape))
