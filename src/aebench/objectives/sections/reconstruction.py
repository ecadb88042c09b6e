"""Reconstruction error of whole nets and of single layers."""

from typing import TYPE_CHECKING, Literal

from pydantic import Field

from aebench.objectives.base import Corruption, Objective, Penalties, PixelLoss

if TYPE_CHECKING:
    from aebench.objectives.criterion import Criterion


class Reconstruction(Objective):
    """Reconstruct the image from its code; with `corruption`, from the code of a noisy version."""

    name: Literal["reconstruction"] = "reconstruction"
    loss: PixelLoss
    corruption: Corruption = Field(default=0.0, validate_default=True)
    penalties: Penalties

    def build(self) -> "Criterion":
        from aebench.objectives import reconstruction

        return reconstruction.Reconstruction(self)


class LayerReconstruction(Objective):
    """Greedy pretraining: the innermost layer and its mirror learn the codes of the frozen ones."""

    name: Literal["layer"] = "layer"
    loss: PixelLoss
    corruption: Corruption = Field(default=0.0, validate_default=True)
    penalties: Penalties

    def build(self) -> "Criterion":
        from aebench.objectives import reconstruction

        return reconstruction.LayerReconstruction(self)
