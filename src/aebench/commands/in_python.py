"""A loaded model as people use it in Python: mistakes are told, and a sample may have a seed."""

import functools
import inspect
from collections.abc import Callable
from types import MethodType
from typing import Any

import torch
from torch import Tensor, nn

from aebench.core.seeding import seeded

# Methods of images; `reconstruct` and a call of the model itself begin with `encode`.
OF_IMAGES = ("encode", "elbo", "log_likelihood")
Method = Callable[..., Any]


def for_people(model: nn.Module) -> nn.Module:
    """The model, whose methods of images say what they expect, and whose `sample` takes a `seed`.

    Images that are no tensor of floats raise TypeError, others of a wrong shape ValueError, where
    the model fails of them. Its class and its weights are as they were.
    """
    methods = {name: _explained for name in OF_IMAGES} | {"sample": _with_seed}
    for name, changed in methods.items():
        if method := getattr(type(model), name, None):
            setattr(model, name, MethodType(changed(method), model))
    return model


def _explained(method: Method) -> Method:
    @functools.wraps(method)
    def explained(model: nn.Module, images: Tensor, *args: Any, **kwargs: Any) -> Any:
        try:
            return method(model, images, *args, **kwargs)
        except Exception as error:
            # Afterwards, so that whatever the model can work with stays allowed.
            if mistake := _mistake(model, images):
                raise mistake from error
            raise

    return explained


def _mistake(model: Any, images: Any) -> TypeError | ValueError | None:
    """What is wrong with images for a model; None where that is something else."""
    shape, dtype = model.image_shape, next(model.parameters()).dtype
    fits = isinstance(images, Tensor) and images.dtype == dtype
    if fits and images.ndim == 4 and images.shape[1:] == torch.Size(shape):
        return None
    given = type(images).__name__
    if isinstance(images, Tensor):
        given = "Tensor"
    if hasattr(images, "dtype"):
        given += f" of {images.dtype}, {' x '.join(map(str, images.shape)) or 'one number'}"
    text = (
        f"images: {given}; allowed: a torch.Tensor of {dtype} in [0, 1], "
        f"N x {' x '.join(map(str, shape))}"
    )
    return ValueError(text) if fits else TypeError(text)


def _with_seed(method: Method) -> Method:
    @functools.wraps(method)
    def sample(model: nn.Module, *args: Any, seed: int | None = None, **kwargs: Any) -> Tensor:
        if seed is None:
            return method(model, *args, **kwargs)
        with seeded(seed, "sample", 0):
            return method(model, *args, **kwargs)

    sample.__doc__ = f"""{inspect.getdoc(method)}

With a `seed` they are the same each time, and up to 500 those of `aebench sample --seed`.
"""
    signature = inspect.signature(method)
    seed = inspect.Parameter("seed", inspect.Parameter.KEYWORD_ONLY, default=None)
    sample.__signature__ = signature.replace(  # type: ignore[attr-defined]
        parameters=[*signature.parameters.values(), seed.replace(annotation=int | None)]
    )
    return sample
