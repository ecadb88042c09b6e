"""Images beside each other: each in its place, with its pixels, and nothing written over it."""

import io

import numpy as np
from PIL import Image

from aebench.plots.images import image_rows, tiled


def test_each_image_stands_in_its_row_and_column_and_all_else_is_white(draw):
    images = draw(5, (3, 4, 6))
    board = tiled([images[:3], images[3:]], gap=1, below=2)
    assert board.shape == (3, 2 * (4 + 2), 3 * (6 + 1))
    assert np.allclose(board[:, 6:10, 7:13], images[4] / 255)
    white = board.copy()
    for i, image in enumerate(images):
        row, column = divmod(i, 3)
        place = np.s_[:, row * 6 : row * 6 + 4, column * 7 : column * 7 + 6]
        assert np.allclose(board[place], image / 255)
        white[place] = 1
    assert (white == 1).all()


def test_captions_stand_below_the_images_and_not_on_them():
    black = np.zeros((2, 1, 28, 28), np.uint8)
    plain, captioned = (
        _pixels([black, black], captions=captions) for captions in ([], [["1.25", "2.5"]] * 2)
    )
    # As many black pixels of images as without captions; the text itself is not black.
    assert captioned.shape[0] > plain.shape[0]
    assert (captioned == 0).sum() == (plain == 0).sum() > 10_000


def _pixels(rows, **texts) -> np.ndarray:
    written = io.BytesIO()
    image_rows(rows, **texts).savefig(written, dpi=110, bbox_inches="tight")
    return np.asarray(Image.open(written).convert("L"))
