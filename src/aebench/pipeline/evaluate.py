"""Stage `evaluate`: every number and every picture that the report shows."""

import numpy as np
import torch

from aebench.config.params import Config, config_for, load_params
from aebench.core import paths
from aebench.core.files import write_json
from aebench.core.seeding import seeded
from aebench.data.pixels import binarize, to_float
from aebench.data.prepared import PARTS, Prepared
from aebench.experiments.recipe import Recipe
from aebench.measures.inputs import RunInput
from aebench.measures.stored import measure_or_load
from aebench.metrics.importance import log_likelihood
from aebench.metrics.latents import rate_distortion
from aebench.metrics.pca import PcaCodec
from aebench.metrics.summary import over_seeds
from aebench.models.encoder_decoder import code_length
from aebench.objectives.reconstruction import sse_of_each
from aebench.pipeline.job import check, stage_run
from aebench.pipeline.pretrain import layer_label
from aebench.plots import figures, latent
from aebench.plots.figures import save_figure
from aebench.reporting import dvc_tables as plots
from aebench.training.device import device, threads
from aebench.training.runs import OtherCode, Run, RunStore
from aebench.training.saved import load

SHOWN = 12


def evaluate(dataset: str, other_code: OtherCode | None = None) -> None:
    config = config_for(load_params(), dataset)
    prepared = Prepared.load(paths.prepared(dataset))
    check(config, prepared)
    runs = Runs(dataset, config)
    autoencoder = load(paths.model(dataset, "autoencoder"))
    pca = PcaCodec(prepared.part("train")[0], code_length(autoencoder))
    with threads(config.threads):
        results = metrics(config, prepared, runs, pca, RunStore(other_code=other_code))
        write_json(paths.report(dataset) / "metrics.json", results)
        folder = paths.report(dataset) / "plots"
        plots.write_curves(folder / "curves.csv", runs.trained)
        plots.write_layers(folder / "layers.csv", runs.layers)
        draw(dataset, config, prepared, runs, pca)


class Runs:
    """The runs that the earlier stages left, by what they are, a run a seed.

    Without pretraining there are no layers, and none is `finetuned`.
    """

    def __init__(self, dataset: str, config: Config):
        depths = range(1, len(config.recipes.autoencoder.steps))
        self.layers: dict[int, list[Run]] = {
            depth: [stage_run(dataset, "pretrain", layer_label(depth, s)) for s in config.seeds]
            for depth in depths
        }
        stages = {"finetuned": "finetune"} if self.layers else {}
        stages |= {"scratch": "finetune", "vae": "vae"}
        self.trained: dict[str, list[Run]] = {
            name: [stage_run(dataset, stage, f"{name}-seed-{seed}") for seed in config.seeds]
            for name, stage in stages.items()
        }
        small = paths.stage_runs(dataset, "vae") / f"map-seed-{config.seeds[0]}"
        self.map = Run(small) if small.exists() else None

    @property
    def autoencoders(self) -> dict[str, list[Run]]:
        """Those of the whole net, the ones that were pretrained first."""
        return {name: runs for name, runs in self.trained.items() if name != "vae"}


def metrics(config: Config, prepared: Prepared, runs: Runs, pca: PcaCodec, store: RunStore) -> dict:
    """The contents of `metrics.json`."""
    images = {part: prepared.part(part)[0] for part in PARTS}
    errors = {part: {"sse_per_image": pca.sse_per_image(images[part])} for part in PARTS}
    result = {"pca": {"components": pca.components, **errors}}
    if runs.layers:
        result["stacked"] = over_seeds([run.metrics for run in runs.layers[len(runs.layers)]])
        result["pretraining"] = {
            f"layers_{k}": over_seeds([run.metrics for run in layer])
            for k, layer in runs.layers.items()
        }
    for name, trained in runs.autoencoders.items():
        result[name] = over_seeds([autoencoder_metrics(images, run) for run in trained])
    result["vae"] = over_seeds([vae_metrics(config, images, run) for run in runs.trained["vae"]])
    for name, trained in runs.trained.items():
        recipe = config.recipes.vae if name == "vae" else config.recipes.autoencoder
        if recipe.measures:
            values = [measured_values(recipe, prepared, run, store) for run in trained]
            result[name]["measured"] = over_seeds(values)
    return result


def autoencoder_metrics(images: dict[str, np.ndarray], run: Run) -> dict:
    """What the run's objective says, and the squared error where that does not."""
    parts = {part: dict(values) for part, values in run.metrics.items()}
    if any("sse_per_image" not in values for values in parts.values()):
        model = run.model().to(device())
        for part, values in parts.items():
            tensor = torch.from_numpy(images[part]).to(device())
            values["sse_per_image"] = sse_of_each(model, tensor).mean().item()
    return parts


def vae_metrics(config: Config, images: dict[str, np.ndarray], run: Run) -> dict:
    """The bound as the run measured it, and the likelihood, for each part of the data."""
    samples = config.evaluate.nll_samples
    binarization = getattr(run.spec.objective, "binarization", "none")
    model = run.model().to(device())
    likelihoods = {}
    for part, values in run.metrics.items():
        tensor = torch.from_numpy(images[part]).to(device())
        estimate = log_likelihood(model, tensor, samples, binarization, run.spec.seed)
        likelihoods[part] = {**values, "nll": estimate.nll, "nll_samples": samples}
    return likelihoods


def measured_values(
    recipe: Recipe, prepared: Prepared, run: Run, store: RunStore
) -> dict[str, float]:
    """The columns of the recipe's measures, of one run."""
    input = RunInput(run, prepared, store)
    results = [measure_or_load(measure, input) for measure in recipe.measures]
    return {name: float(value) for result in results for name, value in result.values.items()}


def draw(dataset: str, config: Config, prepared: Prepared, runs: Runs, pca: PcaCodec) -> None:
    """The pictures, of the models that were kept (the best seed on validation)."""
    folder = paths.report(dataset) / "figures"
    images, labels = prepared.part("test")
    tensor = torch.from_numpy(images)
    autoencoder = load(paths.model(dataset, "autoencoder"))
    vae = load(paths.model(dataset, "vae"))

    errors = sse_of_each(autoencoder, tensor).numpy()
    rows = {"PCA": pca}
    if runs.layers:
        rows["pretrained"] = runs.layers[len(runs.layers)][0].model()
    rows |= {"fine-tuned" if runs.layers else "autoencoder": autoencoder, "VAE": vae}
    first = first_of_each_class(labels, SHOWN)
    save_figure(figures.reconstructions(images[first], rows), folder / "reconstructions.png")
    order = np.argsort(errors, kind="stable")
    extremes = {"best": order[:SHOWN], "worst": order[::-1][:SHOWN]}
    save_figure(figures.extremes(images, autoencoder, errors, extremes), folder / "extremes.png")
    if runs.layers:
        save_figure(figures.layers(runs.layers), folder / "pretraining.png")
    shown = {NAMES[name]: trained for name, trained in runs.autoencoders.items()}
    objective = config.recipes.autoencoder.objective
    loss = figures.LOSSES.get(getattr(objective, "loss", ""), "loss")
    save_figure(figures.curves(shown, loss), folder / "training.png")
    name = "negative ELBO, nats" if config.recipes.vae.objective.name == "elbo" else "loss, nats"
    bound = figures.curves({"VAE": runs.trained["vae"]}, name)
    save_figure(bound, folder / "training-vae.png")
    if picture := figures.first_layer(autoencoder):
        save_figure(picture, folder / "first-layer.png")

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
    binarization = getattr(config.recipes.vae.objective, "binarization", "none")
    with seeded(config.seeds[0], "pictures"), torch.no_grad():
        samples = vae.sample(8 * SHOWN).numpy()
        targets = binarize(tensor, binarization)
    save_figure(figures.image_rows(np.split(samples, 8)), folder / "samples.png")
    ends = to_float(torch.from_numpy(images[first]))
    save_figure(latent.interpolations(vae, ends), folder / "interpolations.png")
    bound = rate_distortion(vae, targets, config.seeds[0])
    save_figure(latent.kl_bars(bound.kl), folder / "kl.png")
    if runs.map:
        small = runs.map.model()
        points, title = latent.codes(small, tensor), "the two latents of the small VAE"
        picture = latent.code_map(points, labels, prepared.classes, title)
        save_figure(picture, folder / "codes-vae.png")
        save_figure(latent.manifold(small), folder / "manifold.png")


# Groups of runs as pictures call them.
NAMES = {"finetuned": "fine-tuned", "scratch": "scratch"}


def first_of_each_class(labels: np.ndarray | None, count: int) -> np.ndarray:
    """Indices of `count` images: the first of each class, then the first of all others."""
    if labels is None:
        return np.arange(count)
    firsts = np.unique(labels, return_index=True)[1][:count]
    others = np.setdiff1d(np.arange(len(labels)), firsts)
    return np.concatenate([firsts, others])[:count]
