"""Likelihoods of images, of models that have one."""

from torch import nn

from aebench.core.errors import InputError
from aebench.models.latent import LatentVariableModel
from aebench.objectives.base import Objective


def check(measure: str, model: nn.Module, objective: Objective) -> None:
    """Raise InputError where a model has no likelihood of the pixels that it is trained on.

    That is so, too, where its objective does not say which these are.
    """
    if not isinstance(model, LatentVariableModel):
        raise InputError(
            f"measures: {measure}: the model has no likelihood; allowed: models that have one, "
            "such as vae"
        )
    binarization = getattr(objective, "binarization", None)
    if binarization is None:
        known = Objective.known().items()
        allowed = [name for name, section in known if "binarization" in section.model_fields]
        raise InputError(
            f"measures: {measure}: the objective {objective.name} maximizes no likelihood; "
            f"allowed: {', '.join(sorted(allowed))}"
        )
    if binarization == "none" and not model.likelihood.grey:
        raise InputError(
            f"measures: {measure}: {model.likelihood_name} gives grey values none; allowed: "
            "objective.binarization stochastic or fixed, or another model.likelihood"
        )
