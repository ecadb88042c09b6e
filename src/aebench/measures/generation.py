"""How images that a model makes compare with real ones, in the features of a small classifier."""

import numpy as np
import torch
from torch import Tensor, nn

from aebench.data.prepared import Prepared
from aebench.errors import InputError
from aebench.evaluation.generation.frechet import frechet_distance
from aebench.evaluation.generation.interpolation import spherical, straight
from aebench.evaluation.generation.kernel_distance import kernel_distance
from aebench.evaluation.generation.precision_recall import NEIGHBOURS, precision_recall
from aebench.measures import codes
from aebench.measures.config import Generation
from aebench.measures.features import NAME, classifier, features
from aebench.measures.subject import Found, Subject
from aebench.seeding import derive, seeded
from aebench.training.device import device

VERSION = 2
# How images come about; `train` are training images: how near real ones are to each other.
WAYS = (
    "reconstructions",
    "standard",
    "gaussian",
    "mixture",
    "interpolations",
    "spherical_interpolations",
    "train",
)
QUANTITIES = ("frechet", "kernel", "precision", "recall")
SHOWN = 12


def columns(_: Generation) -> tuple[str, ...]:
    distances = (f"{NAME}_{quantity}_{way}" for way in WAYS for quantity in QUANTITIES)
    return (f"{NAME}_accuracy", *distances)


def check(config: Generation, model: nn.Module, prepared: Prepared) -> None:
    codes.check("generation", model)
    images, labels = prepared.part("test")
    if labels is None:
        raise InputError("measures: generation: it needs labels, and these data have none")
    most = min(len(images), len(prepared.part("train")[0]))
    if not NEIGHBOURS < config.images <= most:
        raise InputError(
            f"measures: generation: images: {config.images} is not allowed; allowed: "
            f"{NEIGHBOURS + 1} to {most}"
        )


def measure(config: Generation, subject: Subject) -> Found:
    """Distances to `images` test images, the same for every model, of as many of each kind.

    Reconstructions are theirs. `standard` are decoded draws of N(0, I), which is a VAE's prior and
    to a plain autoencoder nothing; `gaussian` are of the prior or what stands for it
    (`codes.from_prior`), `mixture` of a mixture fitted to the codes of training images.
    Interpolations lie midway between the codes of a test image and another one, on the line or on
    the great arc between them. Arrays hold the first of each kind, uint8.
    """
    model = subject.model()
    judge = classifier(config.classifier_epochs, subject.prepared, subject.store)
    net = judge.model().to(device())
    real = shuffled(subject.prepared, "test")[: config.images]
    values = {f"{NAME}_accuracy": judge.metrics["test"]["accuracy"]}
    arrays = {"test": as_bytes(real[:SHOWN])}
    theirs = features(net, real)
    for way, images in made(config, subject, model, real).items():
        ours = features(net, images)
        values |= {
            f"{NAME}_frechet_{way}": frechet_distance(theirs, ours),
            f"{NAME}_kernel_{way}": kernel_distance(theirs, ours),
        }
        shares = precision_recall(theirs, ours)
        values |= {f"{NAME}_{name}_{way}": share for name, share in shares._asdict().items()}
        arrays[way] = as_bytes(images[:SHOWN])
    return Found(values, arrays)


def made(config: Generation, subject: Subject, model: nn.Module, real: Tensor) -> dict[str, Tensor]:
    """Images of each of the WAYS, as many as `real`, uint8 N x C x H x W."""
    count, seed = len(real), subject.run.spec.seed
    train = shuffled(subject.prepared, "train")
    learned = codes.drawn(model, codes.seen(subject, train), seed)
    targets = codes.encoded(model, codes.seen(subject, real))
    others = targets.roll(-1, 0)
    with seeded(seed, "standard"):
        standard = torch.randn_like(targets)
    return {
        "reconstructions": codes.decoded(model, targets),
        "standard": codes.decoded(model, standard),
        "gaussian": codes.from_prior(subject, model, learned, count),
        "mixture": codes.from_mixture(model, learned, config.components, count, seed),
        "interpolations": codes.decoded(model, straight(targets, others, 3)[1]),
        "spherical_interpolations": codes.decoded(model, spherical(targets, others, 3)[1]),
        "train": train[:count],
    }


def shuffled(prepared: Prepared, part: str) -> Tensor:
    """The images of a part in an order that says nothing, on the device: files may be sorted."""
    images = torch.from_numpy(prepared.part(part)[0])
    return images[order(len(images), part)].to(device())


def order(count: int, part: str) -> Tensor:
    """Of `count` images: always the same one."""
    generator = torch.Generator().manual_seed(derive("shuffled", part))
    return torch.randperm(count, generator=generator)


def as_bytes(images: Tensor) -> np.ndarray:
    """uint8 or float images as uint8 ones, rounded."""
    pixels = images if images.dtype == torch.uint8 else (images * 255).round().byte()
    return pixels.cpu().numpy()
