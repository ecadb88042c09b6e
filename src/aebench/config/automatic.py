"""The recipes that suit a data set's images, for sets whose recipes are `auto`.

Budgets are updates of the weights, whatever the number of images; nets are dense for small images
and convolutional for larger ones. The autoencoder has a linear path that begins at PCA.
"""

import math
from typing import Any

from aebench.data.facts import GREY, Facts

# Numbers of an image up to which nets are dense.
DENSE = 4096
UPDATES, WARMUP = 2000, 100
BATCH, SMALL_BATCH = 128, 32
# Most numbers of all batches of a training, so that large images take minutes, too.
WORK = UPDATES * BATCH * DENSE // 2
FEWEST_UPDATES = 300
# Without a better validation loss for this share of the epochs, a training ends.
PATIENCE = 0.25
# Maps of the first convolution, the most of any, and the side at which there are no more.
FIRST_MAPS, MOST_MAPS, LOWEST = 16, 128, 8
# Numbers whose likelihood is computed in the evaluation, of all images and samples.
LIKELIHOODS = 2**28
# What is supposed of data that are not prepared yet, to check a file.
TYPICAL = Facts((1, 28, 28), 4000, GREY)


def automatic(facts: Facts) -> dict[str, Any]:
    """The sections `recipes` and `evaluate` of a config."""
    size = facts.images * facts.values
    samples = min(200, max(10, LIKELIHOODS // size))
    return {
        "recipes": {"autoencoder": _autoencoder(facts), "vae": _vae(facts)},
        "evaluate": {"nll_samples": samples},
    }


def reasons(facts: Facts) -> list[str]:
    """Why the recipes are these, a sentence each."""
    channels, height, width = facts.image_shape
    kind = "dense" if facts.values <= DENSE else "convolutional"
    why = "up to" if facts.values <= DENSE else "more than"
    updates, batch = _updates(facts), _batch(facts)
    return [
        f"The nets are {kind}, since {channels} x {height} x {width} is {why} {DENSE:,} numbers an "
        "image",
        "The autoencoder has a linear path that begins at PCA, below whose validation error no "
        "training ends; layers are not pretrained one by one, since PCA is the best linear layer",
        f"Each training has {_epochs(facts) * max(1, facts.images // batch):,} updates of batches "
        f"of {batch}, at least {updates:,}, in {_epochs(facts):,} epochs of {facts.images:,} "
        "images",
        _LIKELIHOODS[_likelihood(facts)["name"]].format(levels=facts.levels),
    ]


_LIKELIHOODS = {
    "bernoulli": "Pixels are black or white: the VAE's are Bernoulli",
    "colour-logistic": "Pixels are colours of 256 values: the VAE's are discretized logistics, "
    "green given red and blue given both",
    "discretized-logistic": "Pixels have {levels} grey values: the VAE's are discretized logistics",
}


def _autoencoder(facts: Facts) -> dict[str, Any]:
    model = {
        "name": "autoencoder",
        "code": code_size(facts),
        "linear": "pca",
        **_nets(facts, batch_norm=True),
    }
    objective = {"name": "reconstruction", "loss": "sse"}
    return {"model": model, "objective": objective, "training": _training(facts, 2e-3, 0.05)}


def _vae(facts: Facts) -> dict[str, Any]:
    model = {
        "name": "vae",
        "latent": code_size(facts),
        "likelihood": _likelihood(facts),
        **_nets(facts, batch_norm=False),
    }
    objective = {"name": "elbo", "binarization": "none"}
    return {"model": model, "objective": objective, "training": _training(facts, 1e-3, 0.05)}


def code_size(facts: Facts) -> int:
    """An eighth of the image's numbers, but at most 30, and 64 of large images."""
    most = 30 if facts.values <= DENSE else 64
    return max(2, min(most, facts.values // 8))


def _likelihood(facts: Facts) -> dict[str, Any]:
    if facts.levels == 2:
        return {"name": "bernoulli"}
    if facts.levels < GREY:
        return {"name": "discretized-logistic", "levels": facts.levels}
    return {"name": "colour-logistic" if facts.colour else "discretized-logistic"}


def _nets(facts: Facts, batch_norm: bool) -> dict[str, Any]:
    hidden = {"unit": "silu", "batch_norm": batch_norm}
    if facts.values <= DENSE:
        widths = [512, 256] if facts.values > 256 else [256, 128]
        return {
            "encoder": {"net": "dense", "widths": widths, **hidden},
            "decoder": {"net": "dense", "widths": widths[::-1], **hidden},
        }
    halvings = max(1, math.ceil(math.log2(min(facts.image_shape[1:]) / LOWEST)))
    maps = [min(MOST_MAPS, FIRST_MAPS * 2**level) for level in range(halvings)]
    return {
        "encoder": {"net": "conv", "channels": maps, **hidden},
        "decoder": {"net": "conv", "channels": maps[::-1], **hidden},
    }


def _training(facts: Facts, lr: float, weight_decay: float) -> dict[str, Any]:
    epochs = _epochs(facts)
    return {
        "epochs": epochs,
        "batch_size": _batch(facts),
        "optimizer": {"name": "adamw", "lr": lr, "weight_decay": weight_decay},
        "schedule": {"name": "cosine", "warmup": WARMUP},
        "patience": max(1, round(PATIENCE * epochs)),
    }


def _batch(facts: Facts) -> int:
    """So that an epoch has 8 batches or more, and a batch 8 images or more."""
    most = BATCH if facts.values <= DENSE else SMALL_BATCH
    return min(most, max(8, facts.images // 8))


def _updates(facts: Facts) -> int:
    return max(FEWEST_UPDATES, min(UPDATES, WORK // (_batch(facts) * facts.values)))


def _epochs(facts: Facts) -> int:
    return max(2, math.ceil(_updates(facts) / max(1, facts.images // _batch(facts))))
