"""Stage `pretrain`: train the stacked autoencoder layer by layer.

`greedy` trains each new layer and its mirror alone, on the codes of the frozen layers; `grow`
inserts a narrower bottleneck into the middle and trains the whole autoencoder on. A recipe without
`pretrain` has no layers to train.
"""

from aebench.experiments.cell import run_specs
from aebench.pipeline.job import Job
from aebench.training.runs import OtherCode


def pretrain(dataset: str, other_code: OtherCode | None = None) -> None:
    job = Job.open(dataset, "pretrain", other_code)
    specs = {
        layer_label(depth, seed): spec
        for seed in job.config.seeds
        for depth, spec in enumerate(
            run_specs(job.config.recipes.autoencoder, job.prepared, seed)[:-1], start=1
        )
    }
    job.train(specs)
    job.finish()


def layer_label(depth: int, seed: int) -> str:
    """The label of the run that adds layer `depth`."""
    return f"layer-{depth}-seed-{seed}"
