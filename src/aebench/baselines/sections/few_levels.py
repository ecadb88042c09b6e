"""PNG of a few grey values."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal

from aebench.baselines.base import Codec

if TYPE_CHECKING:
    import numpy as np
    from PIL import Image

    from aebench.compression.files import Files

# Written in 1, 2, 2, 4, 4 and 4 bits.
LEVELS = (2, 3, 4, 6, 8, 16)


class FewLevels(Codec):
    """PNG of values rounded to a few even levels of grey, with as few bits a pixel.

    Of 3 channels, each is a grey picture.
    """

    name: Literal["few-levels"] = "few-levels"

    def lossy_files(
        self, images: "np.ndarray", train: "np.ndarray", whole: bool
    ) -> Iterator["Files"]:
        for levels in LEVELS:
            yield self.files_at(levels, images, whole)

    def files_at(self, levels: int, images: "np.ndarray", whole: bool = False) -> "Files":
        """The images, uint8 N x C x H x W, with 2 to 16 `levels`."""
        import numpy as np

        from aebench.compression.files import Files
        from aebench.compression.pictures import by_pictures, saved

        rounded = np.rint(images / 255 * (levels - 1)).astype(np.uint8)
        # Pillow writes palettes, not grey values, of fewer than 8 bits.
        shades = np.rint(np.arange(levels) * 255 / (levels - 1)).astype(np.uint8)
        bits = 1 if levels == 2 else 2 if levels <= 4 else 4

        def save(picture: "Image.Image") -> bytes:
            picture.putpalette(np.repeat(shades, 3).tobytes())
            return saved(picture, "PNG", optimize=True, bits=bits)

        grey = rounded.reshape(-1, 1, *images.shape[2:])
        files = by_pictures(grey, whole, save)
        return Files(files.sizes, files.images.reshape(images.shape))
