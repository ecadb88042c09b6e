"""Stage `pretrain`: the stacked autoencoder grows layer by layer.

`greedy` trains each new layer and its mirror alone, on the codes of the frozen layers; `grow`
inserts a narrower bottleneck into the middle and trains the whole autoencoder on.
"""

from aebench.models.stacked import pretrained_layers
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
                pretrained_layers(stacked(job), depth, config.method),
                objective(loss=net.loss, corruption=corruption),
                config.training,
                seed,
                start=run,
            )
    job.finish()


def stacked(job: Job) -> dict:
    """The spec of the whole net."""
    net = job.config.autoencoder.differing(exclude={"loss"})
    return {"name": "stacked", "image_shape": job.prepared.image_shape, **net}


def layer_label(depth: int, seed: int) -> str:
    return f"layer-{depth}-seed-{seed}"
