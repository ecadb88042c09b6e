"""Whether images are as bright as those that a model was trained on."""

import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from aebench.commands.data_part import dataset_of_part
from aebench.commands.images import Images
from aebench.commands.named.locate import dataset_of
from aebench.core import paths
from aebench.core.errors import InputError
from aebench.core.files import read_json
from aebench.core.progress import note
from aebench.data.chunks import chunks

# Standard deviations of the training pixels by which an image's mean is another one. A digit's
# negative is more than 2 away; of natural images few differ so much.
FAR = 1.5


def note_brightness(model: str, inputs: Sequence[Path], images: Images) -> None:
    """Note on stderr that most of the images are far brighter or darker than the training images.

    Their mean is in the data card of the model's data set. Where that is not at hand, nothing is
    said, and nothing of parts of that data set.
    """
    dataset = dataset_of(model)
    if dataset is None or {dataset_of_part(given) for given in inputs} == {dataset}:
        return
    try:
        card = read_json(paths.report(dataset) / "data" / "card.json")
        mean, sd = float(card["pixel_mean"]), float(card["pixel_sd"])
    except (InputError, OSError, KeyError, TypeError, ValueError):
        return
    axes = (1, 2, 3)
    means = np.concatenate([part.mean(axes) / 255 for part in chunks(images.pixels)])
    far = np.flatnonzero(abs(means - mean) > FAR * sd)
    # Of images with the mean and deviation of the training pixels, at most 1 / FAR^2 can be so far.
    if len(far) <= len(means) / 2:
        return
    negatives = abs(1 - means[far] - mean) < abs(means[far] - mean)
    guess = "negatives, or" if negatives.mean() > 0.5 else "perhaps"
    note(
        f"aebench: {len(far)} of {len(means)} images, such as {images.names[far[0]]}, have a mean "
        f"pixel of {means[far].mean():.2f} where training images of {dataset} have {mean:.2f}: "
        f"{guess} another scale of values?",
        sys.stderr,
    )
