"""What most commands begin with: a model, and images as it takes them."""

from collections.abc import Sequence
from pathlib import Path
from typing import Unpack

from aebench.commands.brightness import note_brightness
from aebench.commands.fitting import Fitting
from aebench.commands.images import Images
from aebench.commands.input_images import read_images
from aebench.commands.trained import load_autoencoder
from aebench.models.encoder_decoder import EncoderDecoder


def model_and_images(
    model: str,
    inputs: Sequence[Path],
    **fitting: Unpack[Fitting],
) -> tuple[EncoderDecoder, Images]:
    """The model and the images of these inputs; notes where they are far brighter or darker.

    Raises InputError as `load_autoencoder` and `read_images` do.
    """
    net = load_autoencoder(model)
    images = read_images(inputs, net.image_shape, model, **fitting)
    note_brightness(model, inputs, images)
    return net, images
