"""Models: mostly an encoder and a decoder, joined at the code."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import nn


def build(description: Mapping[str, Any]) -> "nn.Module":
    """Build a model, with new weights, from its section (see `models/base.py`) and `image_shape`.

    Raises InputError if the description is wrong.
    """
    from aebench.core.errors import InputError
    from aebench.core.schema import parse
    from aebench.data.prepared import ImageShape
    from aebench.models.base import Model

    section = dict(description)
    shape = section.pop("image_shape", None)
    model = parse(Model, section, "model")
    if shape is None:
        raise InputError("model: image_shape", "missing")
    return model.module(parse(ImageShape, shape, "model: image_shape"))
