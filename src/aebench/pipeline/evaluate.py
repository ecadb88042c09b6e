"""Stage `evaluate`: the metrics and pictures that the report shows."""

import math

import numpy as np
import torch

from aebench.baselines.general_tools import best_tool
from aebench.config.params import Config
from aebench.core import paths
from aebench.core.files import remove, write_json
from aebench.core.seeding import seeded
from aebench.data.card import spread
from aebench.data.facts import grey_levels
from aebench.data.pca import PcaCodec
from aebench.data.pixels import binarized, to_float
from aebench.data.prepared import PARTS, Prepared
from aebench.experiments.context import RunContext
from aebench.experiments.recipe import Recipe, begins_at_pca
from aebench.measures.densities import binarization_of, is_density
from aebench.measures.inputs import RunInput
from aebench.measures.stored import measure_or_load
from aebench.metrics.factorized import Factorized
from aebench.metrics.latents import rate_distortion
from aebench.metrics.linear_floor import clipped_error
from aebench.metrics.summary import over_seeds
from aebench.models.encoder_decoder import EncoderDecoder, code_length
from aebench.models.latent import LatentVariableModel
from aebench.objectives.reconstruction import sse_of_each
from aebench.objectives.sections.elbo import Elbo
from aebench.pipeline.job import best_of, config_and_data, stage_run
from aebench.pipeline.names import names
from aebench.pipeline.pretrain import layer_label
from aebench.pipeline.vae_metrics import SAMPLED, SHOWN, drawn, vae_metrics
from aebench.plots import codes as code_plots
from aebench.plots import curves as curve_plots
from aebench.plots import model_outputs
from aebench.plots.images import image_rows
from aebench.plots.style import save_figure
from aebench.reporting import dvc_tables
from aebench.training.device import device, threads
from aebench.training.runs import OtherCode, Run, RunStore
from aebench.training.saved_models import load


def evaluate(dataset: str, other_code: OtherCode | None = None) -> None:
    config, prepared = config_and_data(dataset)
    runs = Runs(dataset, config)
    autoencoder, _ = saved_models(dataset)
    pca = PcaCodec(prepared.part("train")[0], code_length(autoencoder))
    with threads(config.threads):
        context = RunContext.here(dataset, prepared, other_code)
        results = metrics(config, prepared, runs, pca, context)
        write_json(paths.report(dataset) / "metrics.json", results)
        folder = paths.report(dataset) / "plots"
        dvc_tables.write_curves(folder / "curves.csv", runs.trained)
        dvc_tables.write_layers(folder / "layers.csv", runs.layers)
        draw(dataset, config, prepared, runs, pca)


def saved_models(dataset: str) -> tuple[EncoderDecoder, LatentVariableModel]:
    """The saved autoencoder and VAE, each the best seed on validation."""
    autoencoder, vae = (load(paths.model(dataset, name)) for name in ("autoencoder", "vae"))
    # As `check` demands of their recipes.
    assert isinstance(autoencoder, EncoderDecoder) and isinstance(vae, LatentVariableModel)
    return autoencoder, vae


class Runs:
    """The runs that the earlier stages have trained, a run for each seed.

    `layers`: depth -> those of the greedy pretraining, empty without; `trained`: `finetuned` (only
    with pretraining or from PCA), `scratch` and `vae`; `map`: the VAE with two latents, if there is
    one.
    """

    def __init__(self, dataset: str, config: Config):
        depths = range(1, len(config.recipes.autoencoder.steps))
        self.layers: dict[int, list[Run]] = {
            depth: [stage_run(dataset, "pretrain", layer_label(depth, s)) for s in config.seeds]
            for depth in depths
        }
        tuned = self.layers or begins_at_pca(config.recipes.autoencoder)
        stages = {"finetuned": "finetune"} if tuned else {}
        stages |= {"scratch": "finetune", "vae": "vae"}
        self.trained: dict[str, list[Run]] = {
            name: [stage_run(dataset, stage, f"{name}-seed-{seed}") for seed in config.seeds]
            for name, stage in stages.items()
        }
        small = paths.stage_runs(dataset, "vae") / f"map-seed-{config.seeds[0]}"
        self.map = Run(small) if small.exists() else None

    @property
    def autoencoders(self) -> dict[str, list[Run]]:
        """The runs of the whole autoencoder, the pretrained ones first."""
        return {name: runs for name, runs in self.trained.items() if name != "vae"}


def metrics(
    config: Config, prepared: Prepared, runs: Runs, pca: PcaCodec, context: RunContext
) -> dict:
    """The contents of `metrics.json`: model -> part of the data, or samples -> metric."""
    images = {part: prepared.part(part)[0] for part in PARTS}
    errors = {
        part: {
            "sse_per_image": pca.sse_per_image(images[part]),
            "clipped_sse_per_image": clipped_error(pca, images[part]),
        }
        for part in PARTS
    }
    result = {"pca": {"components": pca.components, **errors}}
    if runs.layers:
        result["stacked"] = over_seeds([run.metrics for run in runs.layers[len(runs.layers)]])
        result["pretraining"] = {
            f"layers_{k}": over_seeds([run.metrics for run in layer])
            for k, layer in runs.layers.items()
        }
    for name, trained in runs.autoencoders.items():
        result[name] = over_seeds([autoencoder_metrics(images, run) for run in trained])
    samples = config.evaluate.nll_samples
    vaes = vae_metrics(runs.trained["vae"], images, context, samples, config.threads)
    result["vae"] = over_seeds(vaes)
    if has_grey_values(config.recipes.vae, prepared):
        factorized = Factorized.of(images["train"], images["validation"])
        result["factorized"] = {part: {"nll": factorized.nll(images[part])} for part in PARTS}
        tool, size = best_tool(images["test"])
        bits = 8 * size / math.prod(images["test"].shape[1:])
        result["general_tool"] = {"called": tool, "test": {"bits_per_value": bits}}
    for name, trained in runs.trained.items():
        recipe = config.recipes.vae if name == "vae" else config.recipes.autoencoder
        if recipe.measures:
            values = [measured_values(recipe, prepared, run, context.runs) for run in trained]
            result[name]["measured"] = over_seeds(values)
    return result


def autoencoder_metrics(images: dict[str, np.ndarray], run: Run) -> dict:
    """The run's metrics, and the squared error if its objective does not measure it."""
    parts = {part: dict(values) for part, values in run.metrics.items()}
    if any("sse_per_image" not in values for values in parts.values()):
        model = run.model().to(device())
        for part, values in parts.items():
            tensor = torch.from_numpy(images[part]).to(device())
            values["sse_per_image"] = sse_of_each(model, tensor).mean().item()
    return parts


def measured_values(
    recipe: Recipe, prepared: Prepared, run: Run, store: RunStore
) -> dict[str, float]:
    """The values of the recipe's measures for a run."""
    input = RunInput(run, prepared, store)
    results = [measure_or_load(measure, input) for measure in recipe.measures]
    return {name: float(value) for result in results for name, value in result.values.items()}


def has_grey_values(recipe: Recipe, prepared: Prepared) -> bool:
    """Whether it is a likelihood of the images as they are: not of binarized ones, no density."""
    if binarization_of(recipe.objective) != "none":
        return False
    likelihood = getattr(recipe.model, "likelihood", None)
    built = likelihood.build() if likelihood else None
    if is_density(built):
        return False
    return bool(built and built.grey) or grey_levels(prepared.images) == 2


def draw(dataset: str, config: Config, prepared: Prepared, runs: Runs, pca: PcaCodec) -> None:
    """Write the pictures of the saved models and of the trainings to the report's `figures`."""
    folder = paths.report(dataset) / "figures"
    remove(folder, "*.png")
    images, labels = prepared.part("test")
    tensor = torch.from_numpy(images)
    autoencoder, vae = saved_models(dataset)

    errors = sse_of_each(autoencoder, tensor).numpy()
    rows: dict[str, EncoderDecoder | PcaCodec] = {"PCA": pca}
    if runs.layers:
        stacked = runs.layers[len(runs.layers)][0].model()
        assert isinstance(stacked, EncoderDecoder)
        rows["pretrained"] = stacked
    called = names(pretrained=bool(runs.layers), tuned="finetuned" in runs.trained)
    for name, trained in runs.autoencoders.items():
        best = best_of(trained).model()
        assert isinstance(best, EncoderDecoder)
        rows[called[name]] = best
    rows["VAE"] = vae
    shown = spread(len(images), SHOWN) if labels is None else in_turn(labels, SHOWN)
    some = shown[: whole_turns(labels, SHOWN)]
    save_figure(model_outputs.reconstructions(images[some], rows), folder / "reconstructions.png")
    order = np.argsort(errors, kind="stable")
    extremes = {"best": order[:SHOWN], "worst": order[::-1][:SHOWN]}
    picture = model_outputs.extremes(images, autoencoder, errors, extremes)
    save_figure(picture, folder / "extremes.png")
    if runs.layers:
        save_figure(curve_plots.layers(runs.layers), folder / "pretraining.png")
    groups = {called[name]: trained for name, trained in runs.autoencoders.items()}
    objective = config.recipes.autoencoder.objective
    loss = curve_plots.LOSSES.get(getattr(objective, "loss", ""), "loss")
    updates = sum(int(layer[0].history[-1]["updates"]) for layer in runs.layers.values())
    before = {called["finetuned"]: updates} if runs.layers else None
    save_figure(curve_plots.curves(groups, loss, before), folder / "training.png")
    objective = config.recipes.vae.objective
    loss = "negative ELBO, nats" if isinstance(objective, Elbo) else "loss, nats"
    picture = curve_plots.curves({"VAE": runs.trained["vae"]}, loss)
    save_figure(picture, folder / "training-vae.png")
    if weights := model_outputs.first_layer(autoencoder):
        save_figure(weights, folder / "first-layer.png")

    codes = code_plots.codes(autoencoder, tensor)
    save_figure(
        code_plots.code_map(
            code_plots.principal_plane(codes),
            labels,
            prepared.classes,
            "two principal components of the autoencoder's code",
        ),
        folder / "codes.png",
    )
    rows_of_samples = np.split(drawn(vae, config.seeds[0]), SAMPLED)
    save_figure(image_rows(rows_of_samples), folder / "samples.png")
    ends = to_float(torch.from_numpy(images[shown]))
    save_figure(model_outputs.interpolations(vae, ends), folder / "interpolations.png")
    with seeded(config.seeds[0], "kl"):
        targets = binarized(tensor, binarization_of(objective))
    bound = rate_distortion(vae, targets, config.seeds[0])
    save_figure(code_plots.kl_bars(bound.kl), folder / "kl.png")
    if runs.map:
        small = runs.map.model()
        assert isinstance(small, EncoderDecoder)
        points, title = code_plots.codes(small, tensor), "the two latents of the small VAE"
        picture = code_plots.code_map(points, labels, prepared.classes, title)
        save_figure(picture, folder / "codes-vae.png")
        save_figure(model_outputs.manifold(small), folder / "manifold.png")


def in_turn(labels: np.ndarray, count: int) -> np.ndarray:
    """Indices of `count` images: the first of each class, then the second of each, and so on.

    Neighbours are of different classes, as long as two have images left.
    """
    turns = np.zeros(len(labels), np.int64)
    for label in np.unique(labels):
        own = labels == label
        turns[own] = np.arange(own.sum())
    return np.lexsort((labels, turns))[:count]


def whole_turns(labels: np.ndarray | None, count: int) -> int:
    """The largest number of images, up to `count`, of which each class has as many; or `count`."""
    classes = 0 if labels is None else len(np.unique(labels))
    return count // classes * classes if 0 < classes <= count else count
