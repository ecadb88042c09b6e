"""Stage `vae`: train the variational autoencoder, and one with two latents for pictures."""

from aebench.core import paths
from aebench.experiments.cell import run_specs
from aebench.experiments.recipe import Recipe
from aebench.pipeline.job import Job, best_of
from aebench.training import saved_models
from aebench.training.runs import OtherCode

MAP_LATENTS = 2


def vae(dataset: str, other_code: OtherCode | None = None) -> None:
    job = Job.open(dataset, "vae", other_code)
    recipe, seeds = job.config.recipes.vae, job.config.seeds
    specs = {f"vae-seed-{seed}": run_specs(recipe, job.prepared, seed)[-1] for seed in seeds}
    if small := with_latents(recipe, MAP_LATENTS):
        specs[f"map-seed-{seeds[0]}"] = run_specs(small, job.prepared, seeds[0])[-1]
    runs = job.train(specs)
    job.finish()
    saved_models.save(best_of(runs[: len(seeds)]), paths.model(dataset, "vae"))


def with_latents(recipe: Recipe, latents: int) -> Recipe | None:
    """The recipe with `latents` latents; None if its model has no field `latent`."""
    if "latent" not in type(recipe.model).model_fields:
        return None
    model = recipe.model.model_copy(update={"latent": latents})
    return recipe.model_copy(update={"model": model})
