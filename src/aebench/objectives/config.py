"""What can be minimized, as the config names it; torch is imported where it is computed."""

from typing import Annotated, Literal

from pydantic import Field, NonNegativeFloat, NonNegativeInt, PositiveFloat, PositiveInt

from aebench.objectives.corruption import Corruption
from aebench.objectives.penalties import Penalties, WeightPenalties
from aebench.schema import Section

# Squared error, or cross-entropy of Bernoulli pixels; both summed over an image's pixels.
Loss = Literal["sse", "bce"]
# stochastic: a fresh Bernoulli draw of each grey pixel each time an image is used; fixed: one draw
# for a stack of images, the same each time; none: the grey value itself as target, which is no
# likelihood of Bernoulli pixels.
Binarization = Literal["stochastic", "fixed", "none"]


class Reconstruction(Section):
    """The image from its code; with `corruption`, from the code of a noisy version of itself."""

    name: Literal["reconstruction"] = "reconstruction"
    loss: Loss
    corruption: Corruption = 0.0
    penalties: Penalties = Field(default=[])


class LayerReconstruction(Section):
    """The innermost layer and its mirror on the codes of the frozen layers around them."""

    name: Literal["layer"] = "layer"
    loss: Loss
    corruption: Corruption = 0.0
    penalties: Penalties = Field(default=[])


class Elbo(Section):
    """The negative evidence lower bound, the KL term weighted by `beta`."""

    name: Literal["elbo"] = "elbo"
    binarization: Binarization
    beta: PositiveFloat = 1.0
    kl_warmup: NonNegativeInt = 0
    # Nats of each part of the KL, averaged over a batch, that cost nothing (Kingma et al. 2016): of
    # each latent, or of all together with a VampPrior.
    free_bits: NonNegativeFloat = 0.0
    # Draws from the posterior over which log p(x|z) is averaged.
    samples: PositiveInt = 1
    penalties: WeightPenalties = Field(default=[])


class FewDraws(Section):
    """`samples` draws in the first `epochs`."""

    samples: PositiveInt
    epochs: PositiveInt


class Iwae(Section):
    """The negative importance-weighted bound of `samples` draws from the posterior."""

    name: Literal["iwae"] = "iwae"
    binarization: Binarization
    samples: PositiveInt
    # An epoch's cost grows with its draws, and the first ones need not have them all.
    first: FewDraws | None = None
    # Epochs over which the weight of log p(z) - log q(z|x) rises linearly from 0 to 1.
    kl_warmup: NonNegativeInt = 0
    penalties: WeightPenalties = Field(default=[])


class Classify(Section):
    """Cross-entropy of the labels' classes."""

    name: Literal["classify"] = "classify"
    penalties: WeightPenalties = Field(default=[])


ObjectiveConfig = Annotated[
    Reconstruction | LayerReconstruction | Elbo | Iwae | Classify, Field(discriminator="name")
]
