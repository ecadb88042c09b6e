"""What a reader of the report must know first: what went wrong, and what to change next."""

from collections.abc import Mapping, Sequence
from typing import Any

from aebench.reporting.markdown import Markdown, prose

# Fewer nats than this of an image in its code, and the posteriors are the prior for all images.
COLLAPSED = 0.5
# A validation loss that fell by this share in the last tenth of the epochs was cut off.
FALLING = 0.02

# Fewer importance samples than this, and an image's estimate is that of a single draw.
FEWEST_SAMPLES = 2
# Samples with less than this share of the contrast of training images look empty.
LEAST_CONTRAST = 0.5

# A net that stays at PCA has its error but for rounding; less than this share below it is nothing.
ROUNDING, GAIN = 1e-4, 0.01
# How many times PCA's validation error over training error a net's may be.
GAP = 2

RECIPES = {"finetuned": "autoencoder", "scratch": "autoencoder", "vae": "vae"}
Curves = Mapping[str, Sequence[Sequence[float]]]


def cautions(
    metrics: Mapping[str, Any], curves: Curves, called: Mapping[str, str]
) -> list[Markdown]:
    """A sentence or two for each of what went wrong, with what to change next.

    `curves` are the validation losses of each epoch, of each seed, by the names of `metrics`;
    `called`: what the trainings of autoencoders are called.
    """
    names = {name: _noun(text) for name, text in called.items()} | {"vae": "VAE"}
    found = [
        judge(names[model], metrics[model], metrics["pca"])
        for judge in (loses_to_pca, overfits)
        for model in ("finetuned", "scratch")
        if model in metrics
    ]
    found.append(collapsed(metrics["vae"]["validation"]))
    found.append(empty_samples(metrics["vae"].get("samples")))
    found.append(few_samples(metrics["vae"]["test"]))
    found += [
        cut_off(names[model], RECIPES[model], seeds)
        for model, seeds in curves.items()
        if model in names
    ]
    return [prose(text) for text in found if text]


def _noun(called: str) -> str:
    """`the {fine-tuned autoencoder}`, `the {autoencoder from PCA}`, `the {autoencoder}`."""
    if called == "autoencoder":
        return called
    return f"autoencoder {called}" if called.startswith("from ") else f"{called} autoencoder"


def loses_to_pca(name: str, net: Mapping[str, Any], pca: Mapping[str, Any]) -> str | None:
    """Whether the net's squared error on validation images is that of PCA, or above it.

    Of PCA clipped to [0, 1], as what nets make is; `metrics.json` of earlier versions lacks that.
    """
    error, linear = net["validation"]["sse_per_image"], _linear(pca["validation"])
    if error <= linear * (1 - GAIN):
        return None
    if error <= linear * (1 + ROUNDING):
        return (
            f"The {name} adds nothing to PCA: on validation images its squared error is "
            f"{error:.2f}, that of PCA, clipped to [0, 1], {linear:.2f}. First try more images."
        )
    if net["train"]["sse_per_image"] > _linear(pca["train"]):
        change = (
            "Training images, too, are further off than PCA's: first try more epochs "
            "(`recipes.autoencoder.training.epochs`) or another learning rate."
        )
    else:
        change = (
            "Training images are closer than PCA's: first try dropout, weight decay, a smaller "
            "net (`recipes.autoencoder.model`) or more images."
        )
    return (
        f"The {name} loses to PCA: on validation images its squared error is {error:.2f}, "
        f"PCA's {linear:.2f}. {change}"
    )


def overfits(name: str, net: Mapping[str, Any], pca: Mapping[str, Any]) -> str | None:
    """Whether validation images are much worse than training images, by more than PCA's are.

    PCA's gap is that of the data: of few images, or of other photographs. A net that loses to PCA
    is told what to do by `loses_to_pca`.
    """
    train, validation = (net[part]["sse_per_image"] for part in ("train", "validation"))
    before, after = (_linear(pca[part]) for part in ("train", "validation"))
    if validation > after or not train or not before or validation / train < GAP * after / before:
        return None
    return (
        f"The {name} overfits: its squared error is {train:.2f} on training images and "
        f"{validation / train:.1f} times that on validation images; PCA's is "
        f"{after / before:.1f} times. First try more images, dropout or weight decay."
    )


def _linear(part: Mapping[str, float]) -> float:
    return part.get("clipped_sse_per_image", part["sse_per_image"])


def collapsed(vae: Mapping[str, float]) -> str | None:
    """Whether the VAE's codes tell almost nothing about images (posterior collapse)."""
    if vae.get("kl", COLLAPSED) >= COLLAPSED:
        return None
    return (
        f"The VAE's posteriors have collapsed: an image's code holds {vae['kl']:.2f} nats of it. "
        "First try `recipes.vae.objective.kl_warmup` or `free_bits`."
    )


def empty_samples(samples: Mapping[str, float] | None) -> str | None:
    """Whether the VAE's samples are nearly of one grey each, such as black.

    None, too, for `metrics.json` of earlier versions, which has nothing of them.
    """
    if not samples or samples["contrast"] >= LEAST_CONTRAST * samples["training_contrast"]:
        return None
    return (
        "The VAE's samples show little: within an image their pixels have a standard deviation of "
        f"{samples['contrast']:.3f}, those of training images {samples['training_contrast']:.3f}. "
        "First try more epochs (`recipes.vae.training.epochs`) or other nets "
        "(`recipes.vae.model`)."
    )


def few_samples(vae: Mapping[str, float]) -> str | None:
    """Whether the VAE's likelihood rests on a draw or two for each image."""
    if counts_enough(vae):
        return None
    return (
        f"The VAE's likelihood is a rough one: of {vae['nll_samples']} importance samples "
        f"{vae['effective_samples']:.2f} count on the median test image, so that `nll` lies above "
        "the true value, nobody knows how far. First try more of them (`evaluate.nll_samples`)."
    )


def counts_enough(vae: Mapping[str, float]) -> bool:
    """Whether importance samples enough count for a likelihood to be compared with others."""
    return vae["effective_samples"] >= FEWEST_SAMPLES


def cut_off(name: str, recipe: str, seeds: Sequence[Sequence[float]]) -> str | None:
    """Whether the lowest loss of each seed is its last, and the last tenth still brought much."""
    falls = [fall for losses in seeds if (fall := fall_at_end(losses)) is not None]
    if not falls or len(falls) < len(seeds) or (fall := sum(falls) / len(falls)) < FALLING:
        return None
    return (
        f"The training of the {name} was cut off by its budget: the validation loss fell by "
        f"{fall:.1%} in the last tenth of the epochs. First try more of them "
        f"(`recipes.{recipe}.training.epochs`)."
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
