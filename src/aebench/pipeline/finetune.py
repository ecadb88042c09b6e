"""Stage `finetune`: train the pretrained net end to end, and the same net from scratch.

A net that begins at PCA counts as pretrained. Without pretraining, the net from scratch only.
"""

from aebench.core import paths
from aebench.experiments.cell import run_specs
from aebench.experiments.recipe import begins_at_pca, from_scratch
from aebench.pipeline.job import Job, best_of, start_run
from aebench.pipeline.pretrain import layer_label
from aebench.training import saved_models
from aebench.training.runs import OtherCode, Run, RunSpec


def finetune(dataset: str, other_code: OtherCode | None = None) -> None:
    """Train all seeds and save the best on validation as the data set's autoencoder."""
    job = Job.open(dataset, "finetune", other_code)
    recipe, seeds = job.config.recipes.autoencoder, job.config.seeds
    depth = len(recipe.steps) - 1
    specs: dict[str, RunSpec] = {}
    starts: dict[str, Run] = {}
    for seed in seeds if depth or begins_at_pca(recipe) else ():
        label = f"finetuned-seed-{seed}"
        specs[label] = run_specs(recipe, job.prepared, seed)[-1]
        if depth:
            layer = layer_label(depth, seed)
            starts[label] = start_run(dataset, "pretrain", layer, specs[label])
    images = recipe.training.images or job.prepared.count("train")
    scratch = from_scratch(recipe, images)
    for seed in seeds:
        (specs[f"scratch-seed-{seed}"],) = run_specs(scratch, job.prepared, seed)
    runs = job.train(specs, starts)
    job.finish()
    # The first runs are the fine-tuned ones, if there are such.
    saved_models.save(best_of(runs[: len(seeds)]), paths.model(dataset, "autoencoder"))
