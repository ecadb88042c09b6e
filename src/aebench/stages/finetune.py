"""Stage `finetune`: the pretrained net end to end, and the same net from scratch beside it."""

from aebench import paths
from aebench.models import saved
from aebench.objectives.config import Reconstruction
from aebench.params import Training
from aebench.stages.job import Job, best_of, stage_run
from aebench.stages.pretrain import layer_label, stacked


def finetune(dataset: str) -> None:
    job = Job.open(dataset, "finetune")
    config, depth = job.config.finetune, len(job.config.autoencoder.widths)
    objective = Reconstruction(loss=job.config.autoencoder.loss, corruption=config.corruption)
    net = stacked(job)
    finetuned = []
    for seed in job.config.seeds:
        pretrained = stage_run(dataset, "pretrain", layer_label(depth, seed))
        label = f"finetuned-seed-{seed}"
        finetuned.append(job.train(label, net, objective, config.training, seed, pretrained))
    for seed in job.config.seeds:
        job.train(f"scratch-seed-{seed}", net, objective, same_budget(job), seed)
    job.finish()
    saved.save(best_of(finetuned), paths.model(dataset, "autoencoder"))


def same_budget(job: Job) -> Training:
    """Fine-tuning's settings with as many epochs more as pretraining had updates."""
    pretraining, finetuning = job.config.pretrain.training, job.config.finetune.training
    images = len(job.prepared.part("train")[0])
    layers = len(job.config.autoencoder.widths)
    updates = layers * pretraining.epochs * max(1, images // pretraining.batch_size)
    extra = round(updates / max(1, images // finetuning.batch_size))
    return finetuning.model_copy(update={"epochs": finetuning.epochs + extra})
