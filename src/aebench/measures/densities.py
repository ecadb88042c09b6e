"""Whether log p(x) of a model can be measured, and on which targets."""

from aebench.core.errors import InputError
from aebench.data.binarization import Binarization
from aebench.models.latent import LatentVariableModel
from aebench.objectives.base import Objective


def binarization_of(objective: Objective) -> Binarization:
    """How the objective binarizes its targets."""
    return getattr(objective, "binarization", "none")


def is_density(likelihood: object) -> bool:
    """Whether its nll is that of a density on [0, 1], and so no number of bits."""
    return getattr(likelihood, "density", False)


def check(measure: str, model: object, objective: Objective) -> None:
    """Raise InputError where a model has no likelihood of the targets that it is trained on.

    Objectives without a field `binarization` maximize no likelihood.
    """
    if not isinstance(model, LatentVariableModel):
        raise InputError(
            "measures",
            f"{measure}: the model has no likelihood",
            "models that have one, such as vae",
        )
    if not hasattr(objective, "binarization"):
        name = getattr(objective, objective.tag)
        known = Objective.known().items()
        allowed = [key for key, section in known if "binarization" in section.model_fields]
        raise InputError(
            "measures",
            f"{measure}: the objective {name} maximizes no likelihood",
            f"{', '.join(sorted(allowed))}",
        )
    if binarization_of(objective) == "none" and not model.likelihood.grey:
        raise InputError(
            "measures",
            f"{measure}: {model.likelihood_name} gives grey values none",
            "objective.binarization stochastic or fixed, or another model.likelihood",
        )
