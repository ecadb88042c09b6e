"""What is measured of a model once it is trained, as a study names it."""

from typing import Annotated, Literal

from pydantic import Field, PositiveInt

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


class Latents(Section):
    """How the codes lie by class, and beside the prior."""

    name: Literal["latents"]
    neighbours: PositiveInt = 5


MeasureConfig = Annotated[
    Likelihood | Generation | Latents,
    Field(discriminator="name"),
]
