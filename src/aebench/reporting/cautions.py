"""What a reader of the report must know first: what went wrong, and what to change next."""

from collections.abc import Mapping, Sequence
from typing import Any

from aebench.reporting.markdown import Markdown, prose

# Fewer nats than this of an image in its code, and the posteriors are the prior for all images.
COLLAPSED = 0.5
# A validation loss that fell by this share in the last tenth of the epochs was cut off.
FALLING = 0.02

# A net that stays at PCA has its error but for rounding.
ROUNDING = 1e-4

RECIPES = {"finetuned": "autoencoder", "scratch": "autoencoder", "vae": "vae"}
Curves = Mapping[str, Sequence[Sequence[float]]]


def cautions(metrics: Mapping[str, Any], curves: Curves) -> list[Markdown]:
    """A sentence or two for each of what went wrong, with what to change next.

    `curves` are the validation losses of each epoch, of each seed, by the names of `metrics`.
    """
    names = {"scratch": "autoencoder", "vae": "VAE"}
    if "finetuned" in metrics:
        names |= {"finetuned": "fine-tuned autoencoder", "scratch": "autoencoder from scratch"}
    found = [
        loses_to_pca(names[model], metrics[model], metrics["pca"])
        for model in ("finetuned", "scratch")
        if model in metrics
    ]
    found.append(collapsed(metrics["vae"]["validation"]))
    found += [
        cut_off(names[model], RECIPES[model], seeds)
        for model, seeds in curves.items()
        if model in names
    ]
    return [prose(text) for text in found if text]


def loses_to_pca(name: str, net: Mapping[str, Any], pca: Mapping[str, Any]) -> str | None:
    """Whether the net's squared error on validation images is above PCA's, rounding apart."""
    error, linear = (values["validation"]["sse_per_image"] for values in (net, pca))
    if error <= linear * (1 + ROUNDING):
        return None
    if net["train"]["sse_per_image"] > pca["train"]["sse_per_image"]:
        change = (
            "Training images, too, are further off than PCA's: more epochs "
            "(`recipes.autoencoder.training.epochs`) or another learning rate come first."
        )
    else:
        change = (
            "Training images are closer than PCA's: dropout, weight decay, a smaller net "
            "(`recipes.autoencoder.model`) or more images come first."
        )
    return (
        f"The {name} loses to PCA: on validation images its squared error is {error:.2f}, "
        f"PCA's {linear:.2f}. {change}"
    )


def collapsed(vae: Mapping[str, float]) -> str | None:
    """Whether the VAE's codes tell almost nothing about images (posterior collapse)."""
    if vae.get("kl", COLLAPSED) >= COLLAPSED:
        return None
    return (
        f"The VAE's posteriors have collapsed: an image's code holds {vae['kl']:.2f} nats of it. "
        "`recipes.vae.objective.kl_warmup` or `free_bits` come first."
    )


def cut_off(name: str, recipe: str, seeds: Sequence[Sequence[float]]) -> str | None:
    """Whether the lowest loss of each seed is its last, and the last tenth still brought much."""
    falls = [fall for losses in seeds if (fall := fall_at_end(losses)) is not None]
    if not falls or len(falls) < len(seeds) or (fall := sum(falls) / len(falls)) < FALLING:
        return None
    return (
        f"The training of the {name} was cut off by its budget: the validation loss fell by "
        f"{fall:.1%} in the last tenth of the epochs. More of them "
        f"(`recipes.{recipe}.training.epochs`) come first."
    )


def fall_at_end(losses: Sequence[float]) -> float | None:
    """The share by which a loss fell in the last tenth of the epochs.

    None where it was lower before, where there are too few epochs, and where it was 0.
    """
    tenth = max(1, round(len(losses) / 10))
    if len(losses) <= tenth or min(losses) < losses[-1]:
        return None
    before = losses[-1 - tenth]
    return (before - losses[-1]) / abs(before) if before else None
