"""Stage `pretrain`: the stacked autoencoder grows layer by layer.

`greedy` trains each new layer and its mirror alone, on the codes of the frozen layers; `grow`
inserts a narrower bottleneck into the middle and trains the whole autoencoder on.
"""

from aebench.objectives.config import LayerReconstruction, Reconstruction
from aebench.stages.job import Job


def pretrain(dataset: str) -> None:
    job = Job.open(dataset, "pretrain")
    net, config = job.config.autoencoder, job.config.pretrain
    objective = {"greedy": LayerReconstruction, "grow": Reconstruction}[config.method]
    for seed in job.config.seeds:
        run = None
        for depth, corruption in enumerate(job.config.pretrain_corruption, start=1):
            run = job.train(
                layer_label(depth, seed),
                stacked(job, depth),
                objective(loss=net.loss, corruption=corruption),
                config.training,
                seed,
                start=run,
            )
    job.finish()


def stacked(job: Job, depth: int) -> dict:
    """The net with its first `depth` layers; before the last, the code is a hidden layer to be."""
    net = job.config.autoencoder
    return {
        "name": "stacked",
        "image_shape": job.prepared.image_shape,
        **net.differing(exclude={"loss"}),
        "widths": net.widths[:depth],
        "code": "linear" if depth == len(net.widths) else net.unit,
    }


def layer_label(depth: int, seed: int) -> str:
    return f"layer-{depth}-seed-{seed}"
