from pathlib import Path

import numpy as np
import pytest
import skimage
from PIL import Image

from aebench.data.preparation import prepare_data
from aebench.data.prepared import PARTS
from aebench.data.sources.photographs import Photographs


@pytest.mark.parametrize(("color", "photographs"), [(True, 6), (False, 11)])
def test_patches_of_a_photograph_lie_in_it_and_in_one_part(color: bool, photographs: int) -> None:
    source = Photographs(
        source="photographs", color=color, side=24, patches=990, validation=100, test=100
    )
    raw = source.read()
    assert raw.images.shape == (990, 3 if color else 1, 24, 24)
    assert np.bincount(raw.groups).tolist() == [990 // photographs] * photographs
    # The first photograph is the astronaut.
    whole = Image.open(Path(skimage.__file__).parent / "data" / "astronaut.png")
    whole = np.atleast_3d(np.asarray(whole.convert("RGB" if color else "L")))
    windows = np.lib.stride_tricks.sliding_window_view(whole, (24, 24), axis=(0, 1))
    for patch in raw.images[:5]:
        assert (windows == patch).all((2, 3, 4)).any()
    prepared, _ = prepare_data(source)
    parts = [set(raw.groups[prepared.split == part].tolist()) for part in PARTS.values()]
    assert all(parts) and sum(map(len, parts)) == photographs
