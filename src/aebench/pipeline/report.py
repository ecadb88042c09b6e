"""Stage `report`: write the numbers and pictures of `evaluate` as a short paper."""

import math
from collections.abc import Callable, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

from aebench.config.automatic import reasons
from aebench.config.params import Params, Recipes, config_for, load_params
from aebench.core import paths
from aebench.core.errors import InputError
from aebench.core.files import read_json, write_text
from aebench.data.facts import Facts
from aebench.data.prepared import PARTS
from aebench.models.base import Model
from aebench.nets import parameters
from aebench.pipeline.names import names
from aebench.plots.labels import other_names, short_labels
from aebench.reporting import describe, glossary, html, published, render
from aebench.reporting.cautions import cautions, counts_enough
from aebench.reporting.dvc_tables import read_curves
from aebench.reporting.index_page import write_index

# A VAE's metrics in the report, in this order, if its objective measures them.
BOUNDS = ("elbo", "iwae", "reconstruction", "kl")
# Smaller differences between starts are no finding: with three seeds such come and go with the kind
# of processor.
MARGIN = 0.02


def report(dataset: str) -> None:
    folder = paths.report(dataset)
    card = _read_result("prepare", dataset, folder / "data" / "card.json")
    params = load_params()
    facts = Facts.of_card(card)
    config = config_for(params, dataset, facts=lambda: facts)
    recipes = config.recipes
    metrics = _read_result("evaluate", dataset, folder / "metrics.json")
    if "components" not in metrics["pca"]:
        again = f"`aebench evaluate {dataset}`, which measures the models anew"
        raise InputError(folder / "metrics.json", "numbers of another version", again)
    curves = _read_result("evaluate", dataset, folder / "plots" / "curves.csv", read_curves)
    pixels = math.prod(card["image_shape"])
    *layers, whole = recipes.autoencoder.steps
    fits = params.sets[dataset].fits_data
    changed = fits and recipes != _without_overrides(params, dataset, facts)
    called = names(pretrained=bool(layers), tuned="finetuned" in metrics)
    context = {
        "dataset": dataset,
        "card": card,
        "class_names": other_names(short_labels(classes(card), "class")),
        "pixels": pixels,
        "code": metrics["pca"]["components"],
        "depths": range(1, len(layers) + 1),
        "seeds": config.seeds,
        "chosen": reasons(facts) if fits and not changed else [],
        "changed": changed,
        "best": "finetuned" if "finetuned" in metrics else "scratch",
        "tuned": "finetuned" in metrics,
        "best_start": best_start(metrics),
        "vae_leads": vae_leads(metrics, pixels),
        "called": called,
        "clipped": "clipped_sse_per_image" in metrics["pca"]["test"],
        "factorized": metrics.get("factorized"),
        "tool": metrics.get("general_tool"),
        "bits": lambda model: bits(metrics, model, pixels),
        "net": describe.net(recipes.autoencoder.model, pixels),
        "loss": describe.loss(recipes.autoencoder.objective),
        "pretrain": recipes.autoencoder.pretrain,
        "layer": layers[0].training if layers else None,
        "training": whole.training,
        "normalized_later": describe.normalized_later(recipes.autoencoder),
        "vae": recipes.vae.model_dump(),
        "targets": describe.targets(recipes.vae, card["levels"]),
        "samples": metrics["vae"]["test"]["nll_samples"],
        "bounds": [name for name in BOUNDS if name in metrics["vae"]["test"]],
        "reconstruction": published.RECONSTRUCTION.get(dataset, []),
        "likelihood": published.LIKELIHOOD.get(dataset, []),
        "cautions": cautions(metrics, curves, called),
        "verdict": start_verdict(metrics, layers) if "finetuned" in metrics else "",
        "made": describe.columns(recipes, pixels, lambda model: _size(model, card)),
        "versions": {name: metadata.version(name) for name in ("aebench", "torch")},
        "measured": measured(metrics),
        "has": lambda picture: (folder / picture).exists(),
    }
    text = render.markdown(context, metrics)
    write_text(folder / "report.md", text)
    above = {"All results": "../index.html"}
    write_text(folder / "report.html", html.self_contained(text, folder, above))
    write_index()


def best_start(metrics: dict[str, Any]) -> set[str]:
    """The autoencoder with the lowest test error; both, if their difference is no finding."""
    nets = {"finetuned", "scratch"} & metrics.keys()
    if len(nets) == 2 and no_difference(metrics):
        return nets
    return {min(nets, key=lambda name: metrics[name]["test"]["sse_per_image"])}


def vae_leads(metrics: dict[str, Any], numbers: int) -> dict[str, bool]:
    """Whether the VAE, the factorized model, or the general tool has the fewest bits.

    Of test images of so many `numbers`. None of them, where too few importance samples count; the
    VAE, where it has no rivals.
    """
    needed = {
        name: metrics[name]["test"]["nll"] / numbers / math.log(2)
        for name in metrics.keys() & {"vae", "factorized"}
    }
    if tool := metrics.get("general_tool"):
        needed["general_tool"] = tool["test"]["bits_per_value"]
    fewest = min(needed.values())
    enough = counts_enough(metrics["vae"]["test"])
    return {name: enough and bits == fewest for name, bits in needed.items()}


def _size(model: Model, card: dict[str, Any]) -> int:
    """The number of a model's parameters for images of the card's shape."""
    return parameters(model.module(card["image_shape"]))


def bits(metrics: dict[str, Any], model: str, numbers: int) -> list[str]:
    """Bits a number of an image (bits/dim), of training, validation and test images."""
    nats = [metrics[model][part]["nll"] for part in PARTS]
    return [f"{value / numbers / math.log(2):.3f}" for value in nats]


def _without_overrides(params: Params, dataset: str, facts: Facts) -> Recipes:
    """The recipes that the set would have without its overrides."""
    bare = params.sets[dataset].model_copy(update={"overrides": {}})
    alone = params.model_copy(update={"sets": {dataset: bare}})
    return config_for(alone, dataset, facts=lambda: facts).recipes


def classes(card: dict[str, Any]) -> list[str]:
    """The names of the classes; none without labels."""
    return list(card.get("images_per_class", {}).get("train", {}))


def measured(metrics: dict[str, Any]) -> list[tuple[str, str, str]]:
    """Model, column and explanation of each value of the recipes' measures."""
    return [
        (model, name, glossary.meaning(name) or "")
        for model, values in metrics.items()
        for name in values.get("measured", {})
        if not name.endswith("_sd")
    ]


def _read_result(
    stage: str, dataset: str, path: Path, read: Callable[[Path], Any] = read_json
) -> Any:
    if not path.exists():
        raise InputError(f"{path}: not there; `aebench {stage} {dataset}` makes it")
    return read(path)


def start_verdict(metrics: dict[str, Any], layers: Sequence[object]) -> str:
    """The relative change in test error from pretraining `layers`, or from PCA, as a phrase."""
    if reason := no_difference(metrics):
        return reason
    change = _change(metrics)
    start = "with pretraining" if layers else "from PCA"
    return f"{start} {abs(change):.1%} {'less' if change < 0 else 'more'}"


def no_difference(metrics: dict[str, Any]) -> str | None:
    """Why the two starts do not differ: twice the standard deviation over seeds, or MARGIN."""
    finetuned, scratch = metrics["finetuned"]["test"], metrics["scratch"]["test"]
    if "sse_per_image_sd" not in finetuned:
        return "with one seed, no telling whether that is luck"
    spread = math.hypot(finetuned["sse_per_image_sd"], scratch["sse_per_image_sd"])
    change = _change(metrics)
    if abs(change) * scratch["sse_per_image"] <= 2 * spread:
        return "a difference within the spread over seeds"
    return f"a difference of less than {MARGIN:.0%}" if abs(change) < MARGIN else None


def _change(metrics: dict[str, Any]) -> float:
    """By what share the start of its own changes the test error of a random one."""
    finetuned, scratch = metrics["finetuned"]["test"], metrics["scratch"]["test"]
    return finetuned["sse_per_image"] / scratch["sse_per_image"] - 1
