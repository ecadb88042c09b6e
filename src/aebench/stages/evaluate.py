"""Stage `evaluate`: every number and every picture that the report shows."""

import numpy as np
import torch

from aebench import paths
from aebench.data.pixels import binarize
from aebench.data.prepared import PARTS, Prepared
from aebench.evaluation.importance import log_likelihood
from aebench.evaluation.latents import rate_distortion
from aebench.evaluation.pca import PcaCodec
from aebench.evaluation.summary import over_seeds
from aebench.files import write_json
from aebench.models.saved import load
from aebench.objectives.reconstruction import sse_of_each
from aebench.params import Config, config_for, load_params
from aebench.reporting import figures, latent, plots
from aebench.reporting.figures import save_figure
from aebench.seeding import seeded
from aebench.stages.job import stage_run
from aebench.stages.pretrain import layer_label
from aebench.training.device import device
from aebench.training.runs import Run

SHOWN = 12


def evaluate(dataset: str) -> None:
    config = config_for(load_params(), dataset)
    prepared = Prepared.load(paths.prepared(dataset))
    runs = Runs(dataset, config)
    pca = PcaCodec(prepared.part("train")[0], config.autoencoder.widths[-1])

    write_json(paths.report(dataset) / "metrics.json", metrics(config, prepared, runs, pca))
    folder = paths.report(dataset) / "plots"
    plots.write_curves(folder / "curves.csv", runs.trained)
    plots.write_layers(folder / "layers.csv", runs.layers)
    draw(dataset, config, prepared, runs, pca)


class Runs:
    """The runs that the earlier stages left, by what they are, a run a seed."""

    def __init__(self, dataset: str, config: Config):
        depths = range(1, len(config.autoencoder.widths) + 1)
        self.layers: dict[int, list[Run]] = {
            depth: [stage_run(dataset, "pretrain", layer_label(depth, s)) for s in config.seeds]
            for depth in depths
        }
        self.trained: dict[str, list[Run]] = {
            name: [stage_run(dataset, stage, f"{name}-seed-{seed}") for seed in config.seeds]
            for name, stage in (("finetuned", "finetune"), ("scratch", "finetune"), ("vae", "vae"))
        }
        self.map = stage_run(dataset, "vae", f"map-seed-{config.seeds[0]}")


def metrics(config: Config, prepared: Prepared, runs: Runs, pca: PcaCodec) -> dict:
    """The contents of `metrics.json`."""
    images = {part: prepared.part(part)[0] for part in PARTS}
    depth = len(runs.layers)
    result = {
        "pca": {part: {"sse_per_image": pca.sse_per_image(images[part])} for part in PARTS},
        "stacked": over_seeds([run.metrics for run in runs.layers[depth]]),
        "pretraining": {
            f"layers_{k}": over_seeds([run.metrics for run in layer])
            for k, layer in runs.layers.items()
        },
    }
    for name in ("finetuned", "scratch"):
        result[name] = over_seeds([run.metrics for run in runs.trained[name]])
    result["vae"] = over_seeds([vae_metrics(config, images, run) for run in runs.trained["vae"]])
    return result


def vae_metrics(config: Config, images: dict[str, np.ndarray], run: Run) -> dict:
    """The bound as the run measured it, and the likelihood, for each part of the data."""
    samples = config.evaluate.nll_samples
    model = run.model().to(device())
    measured = {}
    for part, values in run.metrics.items():
        tensor = torch.from_numpy(images[part]).to(device())
        found = log_likelihood(model, tensor, samples, config.vae.binarization, run.spec.seed)
        measured[part] = {**values, "nll": found.nll, "nll_samples": samples}
    return measured


def draw(dataset: str, config: Config, prepared: Prepared, runs: Runs, pca: PcaCodec) -> None:
    """The pictures, of the models that were kept (the best seed on validation)."""
    folder = paths.report(dataset) / "figures"
    images, labels = prepared.part("test")
    tensor = torch.from_numpy(images)
    autoencoder = load(paths.model(dataset, "autoencoder"))
    vae = load(paths.model(dataset, "vae"))

    errors = sse_of_each(autoencoder, tensor).numpy()
    rows = {"PCA": pca, "pretrained": runs.layers[len(runs.layers)][0].model()}
    rows |= {"fine-tuned": autoencoder, "VAE": vae}
    first = first_of_each_class(labels, SHOWN)
    save_figure(figures.reconstructions(images[first], rows), folder / "reconstructions.png")
    order = np.argsort(errors, kind="stable")
    extremes = {"best": order[:SHOWN], "worst": order[::-1][:SHOWN]}
    save_figure(figures.extremes(images, autoencoder, errors, extremes), folder / "extremes.png")
    save_figure(figures.layers(runs.layers), folder / "pretraining.png")
    loss = runs.trained["finetuned"][0].spec.objective["loss"]
    autoencoders = {"fine-tuned": runs.trained["finetuned"], "scratch": runs.trained["scratch"]}
    save_figure(figures.curves(autoencoders, figures.LOSSES[loss]), folder / "training.png")
    bound = figures.curves({"VAE": runs.trained["vae"]}, "negative ELBO, nats")
    save_figure(bound, folder / "training-vae.png")
    save_figure(figures.first_layer(autoencoder), folder / "first-layer.png")

    codes = latent.codes(autoencoder, tensor)
    save_figure(
        latent.code_map(
            latent.principal_plane(codes),
            labels,
            prepared.classes,
            "two principal components of the autoencoder's code",
        ),
        folder / "codes.png",
    )
    small = runs.map.model()
    save_figure(
        latent.code_map(
            latent.codes(small, tensor),
            labels,
            prepared.classes,
            "the two latents of the small VAE",
        ),
        folder / "codes-vae.png",
    )
    with seeded(config.seeds[0], "pictures"), torch.no_grad():
        samples = vae.sample(8 * SHOWN).numpy()
        targets = binarize(tensor, config.vae.binarization)
    save_figure(figures.image_rows(np.split(samples, 8)), folder / "samples.png")
    save_figure(latent.manifold(small), folder / "manifold.png")
    ends = torch.from_numpy(images[first]).float() / 255
    save_figure(latent.interpolations(vae, ends), folder / "interpolations.png")
    bound = rate_distortion(vae, targets, config.seeds[0])
    save_figure(latent.kl_bars(bound.kl), folder / "kl.png")


def first_of_each_class(labels: np.ndarray | None, count: int) -> np.ndarray:
    """Indices of `count` images: the first of each class, then the first of all others."""
    if labels is None:
        return np.arange(count)
    firsts = np.unique(labels, return_index=True)[1][:count]
    others = np.setdiff1d(np.arange(len(labels)), firsts)
    return np.concatenate([firsts, others])[:count]
