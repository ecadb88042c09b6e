"""Descriptions of recipes for the report."""

from collections.abc import Callable, Mapping
from typing import Any

from aebench.config.params import Recipes
from aebench.experiments.recipe import Recipe, Step
from aebench.measures.densities import binarization_of
from aebench.models.base import Model
from aebench.models.sections.stacked import Stacked
from aebench.objectives.base import Objective
from aebench.objectives.sections.elbo import Elbo
from aebench.plots.curves import LOSSES
from aebench.reporting.render import BINARIZATIONS, hyperparameters, patience


def net(model: Model, pixels: int) -> str:
    """A model's nets: `784-1000-30, silu units, batch norm`."""
    if isinstance(model, Stacked):
        tied = ", the decoder's matrices the encoder's transposed" if model.tied else ""
        norm = ", batch norm" if model.batch_norm else ""
        return f"{_sizes(pixels, *model.widths)}, {model.unit} units{tied}{norm}"
    parts = [
        f"{name} {_part(part, [pixels] if name == 'encoder' else [])}"
        for name in ("encoder", "decoder")
        if (part := getattr(model, name, None)) is not None
    ]
    return "; ".join([getattr(model, model.tag), *parts])


def loss(objective: Objective) -> str:
    """The loss: `squared error`, `negative ELBO, beta 1`."""
    if isinstance(objective, Elbo):
        return f"negative ELBO, beta {objective.beta}"
    return LOSSES.get(getattr(objective, "loss", ""), getattr(objective, objective.tag))


def targets(recipe: Recipe, levels: int) -> str:
    """The targets of a VAE's likelihood, of images of so many grey values.

    `binarized afresh each time an image is used`
    """
    binarization = binarization_of(recipe.objective)
    likelihood = getattr(recipe.model, "likelihood", None)
    if binarization == "none" and likelihood and likelihood.build().grey:
        return "the grey values themselves"
    if binarization == "none" and levels == 2:
        return "black and white, as they are"
    return f"binarized {BINARIZATIONS[binarization]}"


def normalized_later(recipe: Recipe) -> bool:
    """Whether the whole net has batch norm, and its layers in pretraining do not."""
    *layers, whole = recipe.steps
    return bool(layers) and _normalized(whole) and not _normalized(layers[-1])


def _normalized(step: Step) -> bool:
    return isinstance(step.model, Stacked) and step.model.batch_norm


def columns(
    recipes: Recipes, pixels: int, size: Callable[[Model], int]
) -> dict[str, dict[str, Any]]:
    """The settings of each training: name of a column -> name of a setting -> value.

    `size`: a model's number of parameters.
    """
    *layers, whole = recipes.autoencoder.steps
    (vae,) = recipes.vae.steps
    table: dict[str, dict[str, Any]] = {}
    # Only stacked autoencoders are pretrained.
    if layers and isinstance(whole.model, Stacked):
        layer = layers[-1]
        shown = layer.model.model_copy(update={"widths": whole.model.widths})
        table["pretraining"] = {"net": net(shown, pixels), "parameters": "", **_training(layer)}
        table["pretraining"]["epochs"] = f"{layer.training.epochs} a layer"
        again = "the same, with batch norm" if normalized_later(recipes.autoencoder) else "the same"
        table["fine-tuning"] = {"net": again, **_training(whole)}
        fitted = "fine-tuning"
    else:
        table["autoencoder"] = {"net": net(whole.model, pixels), **_training(whole)}
        fitted = "autoencoder"
    table[fitted]["parameters"] = f"{size(whole.model):,}"
    table["VAE"] = {"net": net(vae.model, pixels), **_training(vae)}
    table["VAE"]["parameters"] = f"{size(vae.model):,}"
    return table


def _training(step: Step) -> Mapping[str, Any]:
    training = step.training
    return {
        "loss": loss(step.objective),
        "epochs": training.epochs,
        "batch": training.batch_size,
        "optimizer": hyperparameters(training.optimizer.model_dump()),
        "schedule": hyperparameters(training.schedule.model_dump()),
        "stops after": patience(training.model_dump()),
    }


def _part(part: Any, before: list[int]) -> str:
    """An encoder or decoder: its widths after those of `before`, or its channels."""
    widths = getattr(part, "widths", None)
    if widths is not None:
        return f"{_sizes(*before, *widths)}, {part.unit}"
    channels = getattr(part, "channels", None)
    shape = f" {_sizes(*channels)}" if channels else ""
    return f"{part.net}{shape}"


def _sizes(*numbers: int) -> str:
    return "-".join(map(str, numbers))
