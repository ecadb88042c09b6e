"""Stage `vae`: the variational autoencoder, and a small one with two latents to look at."""

from aebench import paths
from aebench.models import saved
from aebench.objectives.config import Elbo
from aebench.stages.job import Job, best_of

MAP_LATENTS = 2


def vae(dataset: str) -> None:
    job = Job.open(dataset, "vae")
    config = job.config.vae
    objective = Elbo(binarization=config.binarization, beta=config.beta, kl_warmup=config.kl_warmup)

    def run(name: str, latent: int, seed: int):
        model = {
            "name": "vae",
            "image_shape": job.prepared.image_shape,
            "latent": latent,
            "encoder": config.encoder.differing(),
            "decoder": config.decoder.differing(),
        }
        return job.train(f"{name}-seed-{seed}", model, objective, config.training, seed)

    runs = [run("vae", config.latent, seed) for seed in job.config.seeds]
    run("map", MAP_LATENTS, job.config.seeds[0])
    job.finish()
    saved.save(best_of(runs), paths.model(dataset, "vae"))
