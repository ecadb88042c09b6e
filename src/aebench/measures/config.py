"""What is measured of a model once it is trained, as a study names it."""

from typing import Annotated, Literal

from pydantic import Field, PositiveFloat, PositiveInt

from aebench.objectives.base import Corruption
from aebench.schema import Section


class Likelihood(Section):
    """log p(x) of the test images by importance sampling, and how the latents are used."""

    name: Literal["likelihood"]
    samples: PositiveInt
    # The nets' precision; densities are always single.
    precision: Literal["fp32", "bf16"] = "fp32"


class Generation(Section):
    """Distances between images that the model makes and as many real ones."""

    name: Literal["generation"]
    images: PositiveInt
    # Of the mixture of Gaussians that is fitted to codes (10 in Ghosh et al. 2020).
    components: PositiveInt = 10
    # Of the classifier in whose features images are compared.
    classifier_epochs: PositiveInt


class Conditional(Section):
    """Images of a class that is asked for: is it what a classifier reads, and do they look real?"""

    name: Literal["conditional"]
    images: PositiveInt
    # Of the classifier, as for `generation`.
    classifier_epochs: PositiveInt


class Latents(Section):
    """How the codes lie by class, and beside the prior."""

    name: Literal["latents"]
    neighbours: PositiveInt = 5


class Denoising(Section):
    """How well noise is removed from test images.

    `noise` is what nets are to be trained on and what tools are tuned to; its columns end in
    `_seen`. `others` are noises that they meet for the first time; columns end in their names.
    """

    name: Literal["denoising"]
    noise: Corruption
    others: dict[Annotated[str, Field(pattern="^[a-z0-9_]+$")], Corruption] = Field(default={})
    # At most so many test images, always the same ones, and validation images that tune a tool.
    images: PositiveInt = 300
    tuning: PositiveInt = 100
    # Of the classifier, trained on clean images, that reads the restored ones.
    classifier_epochs: PositiveInt = 10


class Map(Section):
    """How well a map in the plane keeps the neighbours of images, and how it shows their classes.

    A net's map is its code, which must have two numbers.
    """

    name: Literal["map"]
    # At most so many test images, always the same ones, are mapped.
    images: PositiveInt = 500
    # At most so many training images is a tool's map made from; nets have learned from all.
    fit: PositiveInt = 2000
    neighbours: PositiveInt = 10


class Anomaly(Section):
    """How well a score tells strange images from images like those of the training.

    Strange are all images with the labels in `training.without`, or the test images of `against`,
    another prepared data set with images of the same shape.
    """

    name: Literal["anomaly"]
    # Of nets: the squared error of the reconstruction, or -log p(x).
    score: Literal["error", "likelihood"] = "error"
    against: str | None = None
    # At most so many images of either kind, always the same ones.
    images: PositiveInt = 1000
    # Importance samples of the likelihood.
    samples: PositiveInt = 50


class Lossy(Section):
    """How much is lost of test images where they may take so many bits: a rate-distortion curve.

    A net's code, or PCA's, is rounded, more and more coarsely, and coded by the frequencies that
    training images have; these, like the net, are the decoder's and in no file. `rates`: bits a
    pixel at which the curve is read.
    """

    name: Literal["lossy"]
    # All images as one file, or a file each.
    whole: bool = True
    rates: Annotated[list[PositiveFloat], Field(min_length=1)]
    # At most so many test images, always the same ones.
    images: PositiveInt = 1000


class Lossless(Section):
    """How many bits test images take where nothing may be lost: a VAE's by bits back."""

    name: Literal["lossless"]
    # All images as one file, or a file each, which bits back is not for.
    whole: bool = True
    # fixed: pixels drawn once, black or white; none: the grey values.
    binarization: Literal["fixed", "none"]
    images: PositiveInt = 1000


MeasureConfig = Annotated[
    Likelihood | Generation | Conditional | Latents | Denoising | Map | Anomaly | Lossy | Lossless,
    Field(discriminator="name"),
]
