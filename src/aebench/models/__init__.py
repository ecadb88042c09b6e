"""Models: an encoder and a decoder joined; built from what their `.json` says."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import nn


def build(description: Mapping[str, Any]) -> "nn.Module":
    """The model of this description: a section of `models/base.py`, and the `image_shape`.

    Weights are fresh. Raises InputError where the description is wrong.
    """
    from aebench.core.errors import InputError
    from aebench.core.schema import parse
    from aebench.data.prepared import ImageShape
    from aebench.models.base import Model

    hyperparameters = dict(description)
    shape = hyperparameters.pop("image_shape", None)
    model = parse(Model, hyperparameters, "model")
    if shape is None:
        raise InputError("model: image_shape: missing")
    return model.build(parse(ImageShape, shape, "model: image_shape"))
