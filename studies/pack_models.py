"""Put the models of the study `models` into the package, each with its card (`make models`)."""

import torch

from aebench.commands.named.locate import locate
from aebench.core import paths
from aebench.core.sealed import read_sealed, write_sealed
from aebench.data.prepared import Prepared
from aebench.metrics.interval import confidence_interval
from aebench.training import saved_models
from aebench.training.runs import Run
from aebench.zoo.cards import FEW, FOLDER, Card
from aebench.zoo.measure import of_each

# Name -> cell of the study, data set, what it is, metric.
MODELS = {
    "mnist-autoencoder": (
        ("autoencoder", "mnist", "autoencoder 784-1000-500-250-30", "sse_per_image")
    ),
    "mnist-denoiser": ("denoiser", "mnist", "denoising autoencoder 784-512-128", "restored_sse"),
    "mnist-vae": ("vae", "mnist", "VAE 784-200-200-50", "nll"),
    "mnist-iwae": ("iwae", "mnist", "importance-weighted VAE 784-200-200-50, five draws", "nll"),
    "mnist-pixelvae": ("pixelvae", "mnist", "convolutional VAE with a PixelCNN, 50 latents", "nll"),
    "fashion-autoencoder": (
        ("autoencoder", "fashion-mnist", "autoencoder 784-400-150-30", "sse_per_image")
    ),
    "grey-photographs-vae": (
        ("grey vae", "grey-photographs", "convolutional VAE of 256 grey values", "bits_per_pixel")
    ),
    "photographs-vae": (
        ("colour vae", "photographs", "convolutional VAE of 256 values a colour", "bits_per_pixel")
    ),
}
PUBLIC = "public domain (CC0; NASA, SpaceX, Brooklyn Museum)"
# Data set -> what it is called, and under which licence it is.
DATA = {
    "mnist": ("MNIST", "CC BY-SA 3.0 (Y. LeCun, C. Cortes)"),
    "fashion-mnist": ("Fashion-MNIST", "MIT (Zalando SE)"),
    "grey-photographs": (
        "Grey patches of scikit-image's photographs, each photograph in one part",
        PUBLIC,
    ),
    "photographs": ("Patches of scikit-image's photographs, each photograph in one part", PUBLIC),
}


def pack(name: str) -> None:
    """Write the weights and the card of a model."""
    cell, dataset, about, metric = MODELS[name]
    run = locate(f"study:models/{cell}/0@{dataset}").source
    assert isinstance(run, Run)
    path = FOLDER / f"{name}.safetensors"
    saved_models.save(run, path, half=True)
    prepared = Prepared.load(paths.prepared(dataset))
    model, images = saved_models.load(path), torch.from_numpy(prepared.part("test")[0])
    values = of_each(metric, model, images)
    # Anew, since what is drawn for an image depends on how many there are.
    few = of_each(metric, model, images[:FEW])
    interval = confidence_interval(values.tolist())
    assert interval
    title, licence = DATA[dataset]
    card = Card(
        about=about,
        dataset=dataset,
        data=f"{title}: {prepared.count('train'):,} of its training images, with "
        f"{prepared.count('validation'):,} others for validation; none of its test images",
        licence=licence,
        command=f"aebench prepare {dataset} && aebench study models --dataset {dataset} && "
        f"aebench save 'study:models/{cell}/0@{dataset}' -o {name}.safetensors",
        metric=metric,
        number=_rounded(values.mean().item()),
        low=_rounded(interval[0]),
        high=_rounded(interval[1]),
        few=_rounded(few.mean().item()),
    )
    description = path.with_suffix(".json")
    write_sealed(description, read_sealed(description) | {"card": card.model_dump()})
    print(f"{name}: {metric} {card.number} ({card.low} to {card.high})")


def _rounded(value: float) -> float:
    return float(f"{value:.5g}")


if __name__ == "__main__":
    for name in MODELS:
        pack(name)
