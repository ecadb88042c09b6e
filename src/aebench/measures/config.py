"""What is measured of a model once it is trained, as a study names it."""

from typing import Literal

from pydantic import PositiveInt

from aebench.schema import Section


class Likelihood(Section):
    """log p(x) of the test images by importance sampling, and how the latents are used."""

    name: Literal["likelihood"]
    samples: PositiveInt
    # The nets' precision; densities are always single.
    precision: Literal["fp32", "bf16"] = "fp32"


MeasureConfig = Likelihood
