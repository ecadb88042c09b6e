"""What the numbers of a study are, for its reader: a line each, with the better direction."""

import re
from typing import Literal

OF_PIXELS = "summed over an image's pixels in [0, 1]"
FEATURES = "in the features of a small inception classifier trained here"
# What a group in a pattern of MEANINGS is called; else as it is.
CALLED = {
    "train": "training",
    "seen": "as in training",
    "weaker": "weaker than in training",
    "stronger": "stronger than in training",
    "standard": "what codes from N(0, I) give",
    "gaussian": "what codes from a Gaussian with the moments of the training codes give",
    "mixture": "what codes from a mixture of Gaussians fitted to the training codes give",
    "interpolations": "what lies half way between two codes",
    "spherical_interpolations": "what lies half way between two codes on a great arc",
    "conditional": "what is drawn of each class",
}
# A pattern of names -> what it is.
MEANINGS = {
    r"(train|validation|test)_sse_per_image": f"squared error of {{}} images, {OF_PIXELS}; ↓",
    r"(train|validation|test)_bce_per_pixel": "cross-entropy of {} images, nats a pixel; ↓",
    r"sse_per_image_at_(.+)": f"squared error, {OF_PIXELS}, of files of {{}} bits a pixel, between "
    "two settings of a codec interpolated and beyond its last one as there; empty where no file is "
    "as small; ↓",
    r"psnr_db_at_(.+)": "peak signal-to-noise ratio of files of {} bits a pixel, in dB; ↑",
    r"ssim_at_(.+)": "structural similarity (1: the same image) of files of {} bits a pixel; ↑",
    r"bd_rate_percent": "bits beyond JPEG's for the same PSNR (Bjøntegaard), in percent; ↓",
    r"model_bytes": "bytes of the net, which both sides must have beforehand; ↓",
    r"sse_per_image_(seen|weaker|stronger)": f"squared error of restored images, {OF_PIXELS}, "
    "noise {}; ↓",
    r"ssim_seen": "structural similarity of restored images (1: the same image); ↑",
    r"classifier_error_seen": "share of restored images that a classifier misreads; ↓",
    r"auroc": "area under the ROC curve: how often a strange image's score is above a usual one's "
    "(0.5: by chance); ↑",
    r"nll": "-log p(x) of a test image in nats, by importance sampling; ↓",
    r"elbo": "evidence lower bound on log p(x) in nats, negative; ↑",
    r"iwae_5": "importance-weighted bound on log p(x) by five draws, in nats, negative; ↑",
    r"bits_per_pixel": "bits a pixel that an image takes; ↓",
    r"bound_bits_per_pixel": "bits a pixel that the ELBO promises; ↓",
    r"rate": "KL of the posterior from the prior: nats an image that the code carries",
    r"distortion": "-log p(x|z), what the code leaves open, in nats an image; ↓",
    r"active_units": "latents whose posterior's mean varies over images by more than 0.01",
    r"collapsed": "seeds whose code says nothing of an image, as a share; ↓",
    r"gaussian_kl": "nats between N(0, I) and the Gaussian with the moments of all codes, infinite "
    "where they lie in a subspace; ↓",
    r"neighbour_accuracy": "share of images with the class of most of their neighbours; ↑",
    r"pca_neighbour_accuracy": "share of images with the class of most of their neighbours, by as "
    "many principal components as the code has numbers; ↑",
    r"trustworthiness": "share of a map's neighbours that are true ones (1: all); ↑",
    r"continuity": "share of true neighbours that the map keeps (1: all); ↑",
    r"small_inception_accuracy": "test accuracy of a small convolutional classifier with inception "
    "blocks; ↑",
    r"small_inception_frechet_train": f"Fréchet distance, {FEATURES}, from test images to training "
    "images, as near as one can get; ↓",
    r"small_inception_frechet_(.+)": f"Fréchet distance, {FEATURES}, from test images to {{}}; ↓",
    r"small_inception_precision_(.+)": f"share of {{}} that lies among test images, {FEATURES}; ↑",
    r"small_inception_recall_(.+)": f"share of test images that lies among {{}}, {FEATURES}; ↑",
    r"read_as_asked": "share of drawn images that a classifier reads as was asked; ↑",
    r"gap": "squared error of test images less that of training images; ↓",
    r"gradient_first": "log10 of the gradient's norm in the first layer, at the first update",
    r"gradient_ratio": "log10 of the gradient's norm in the first layer less that in the last, at "
    "the first update: far below 0, it vanishes",
    r"updates": "steps of the optimizer",
}


def meaning(metric: str) -> str | None:
    """The line; ↓ and ↑ say whether less or more is better. None for a metric that it lacks."""
    for pattern, text in MEANINGS.items():
        if found := re.fullmatch(pattern, metric):
            return text.format(*(CALLED.get(group, group) for group in found.groups()))
    return None


def better(metric: str) -> Literal["higher", "lower"] | None:
    """What its arrow says; None where there is none."""
    text = meaning(metric) or ""
    return {"↑": "higher", "↓": "lower"}.get(text[-1:])


def lines(metrics: list[str]) -> str:
    """Markdown: a bullet for each of these metrics that is known, in their order."""
    known = [(metric, meaning(metric)) for metric in dict.fromkeys(metrics)]
    return "\n".join(f"- *{readable(metric)}*: {text}" for metric, text in known if text)


def readable(metric: str) -> str:
    return metric.replace("_", " ")
