"""What a trained model computes, as images: reconstructions, weights, the latent manifold."""

from collections.abc import Mapping
from typing import Protocol

import numpy as np
import torch
from matplotlib import colormaps
from matplotlib.figure import Figure
from torch import Tensor

from aebench.data.pixels import to_float
from aebench.models.encoder_decoder import EncoderDecoder
from aebench.plots.images import image_rows, normal_grid, show, tiled

STEPS = 10


class ImageCodec(Protocol):
    """Maps uint8 images to float images of the same shape; PCA is one."""

    def reconstruct(self, images: np.ndarray) -> np.ndarray: ...


def reconstructions(
    images: np.ndarray, models: Mapping[str, EncoderDecoder | ImageCodec]
) -> Figure:
    """uint8 images in the first row, each model's reconstructions in a row below."""
    rows = [images] + [_reconstructed(model, images) for model in models.values()]
    return image_rows(rows, ["original", *models])


def extremes(
    images: np.ndarray, model: EncoderDecoder, errors: np.ndarray, chosen: Mapping[str, np.ndarray]
) -> Figure:
    """Chosen images above their reconstructions, with the squared error of each.

    `errors`: that of each image; `chosen`: name of a row -> indices of its images.
    """
    rows, names, captions = [], [], []
    for name, indices in chosen.items():
        rows += [images[indices], _reconstructed(model, images[indices])]
        names += [name, ""]
        captions += [[""] * len(indices), [f"{error:.2f}" for error in errors[indices]]]
    return image_rows(rows, names, captions)


def _reconstructed(model: EncoderDecoder | ImageCodec, images: np.ndarray) -> np.ndarray:
    if not isinstance(model, EncoderDecoder):
        return model.reconstruct(images)
    with torch.no_grad():
        return model.reconstruct(to_float(torch.from_numpy(images))).numpy()


def first_layer(model: EncoderDecoder, rows: int = 6, columns: int = 16) -> Figure | None:
    """Incoming weights of the first units, red positive and blue negative, each on its own scale.

    None if the first layer is not a dense one of all pixels.
    """
    channels, height, width = model.image_shape
    learned = [p for p in model.encoder.parameters() if p.ndim > 1]
    if not learned or learned[0].shape[1:] != (channels * height * width,):
        return None
    weights = learned[0].detach().numpy()[: rows * columns]
    # Colour images: the mean over channels shows where a unit looks.
    weights = weights.reshape(len(weights), channels, height, width).mean(1)
    largest = np.abs(weights).max((1, 2), keepdims=True).clip(np.finfo(np.float32).tiny)
    coloured = np.moveaxis(colormaps["RdBu_r"]((1 + weights / largest) / 2)[..., :3], -1, 1)
    return image_rows(
        [coloured[i : i + columns] for i in range(0, len(coloured), columns)], size=0.55
    )


@torch.no_grad()
def manifold(model: EncoderDecoder, side: int = 20) -> Figure:
    """The images that a VAE with two latents decodes on `normal_grid`."""
    images = model.decode(torch.from_numpy(normal_grid(side)).float()).numpy()
    height, width = images.shape[-2:]
    figure = Figure(figsize=(6, 6 * height / width))
    show(figure.subplots(), tiled(np.split(images, side)))
    return figure


@torch.no_grad()
def interpolations(model: EncoderDecoder, images: Tensor) -> Figure:
    """Straight lines between the codes of consecutive pairs of images, decoded in STEPS steps.

    At the ends of each row are the images themselves.
    """
    weights = torch.linspace(0, 1, STEPS)[:, None]
    rows = []
    for first, last in zip(images[0::2], images[1::2], strict=True):
        start, end = model.encode(torch.stack([first, last]))
        between = model.decode(start + weights * (end - start))
        rows.append(torch.cat([first[None], between, last[None]]).numpy())
    return image_rows(rows, columns=["original", *[""] * STEPS, "original"])
