"""Source `photographs`: patches of photographs that come with scikit-image."""

from pathlib import Path
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from aebench.core.counts import Count
from aebench.data.dataset import DataSet
from aebench.data.patches import patches
from aebench.data.raw import FEWEST, Raw

# In the public domain, by dedication (CC0) or from NASA, SpaceX and the Brooklyn Museum.
COLOUR = (
    *("astronaut.png", "chelsea.png", "coffee.png"),
    *("hubble_deep_field.jpg", "retina.jpg", "rocket.jpg"),
)
GREY = ("brick.png", "camera.png", "coins.png", "grass.png", "gravel.png")


class Photographs(DataSet):
    """`patches` squares of `side` pixels, as many of each photograph, at places drawn once for all.

    With `color` they are of six photographs, else of these and five grey ones. Patches of one
    photograph come into one part.
    """

    source: Literal["photographs"]
    color: bool = True
    # The lowest photograph has 300 rows.
    side: Annotated[Count, Field(le=300)] = 32
    patches: Annotated[Count, Field(ge=FEWEST)] = 20_000

    def read(self) -> Raw:
        """Images C x `side` x `side`, without labels; nothing is downloaded."""
        import skimage

        folder = Path(skimage.__file__).parent / "data"
        names = COLOUR if self.color else (*COLOUR, *GREY)
        mode = "RGB" if self.color else "L"
        images, groups = patches([folder / name for name in names], self.side, self.patches, mode)
        images = images[:, None] if images.ndim == 3 else np.moveaxis(images, -1, 1)
        return Raw(np.ascontiguousarray(images), None, None, (), groups=groups)
