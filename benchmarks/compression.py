"""Measures lossless compression in integers: bits, speed, and whether all images come back.

    python benchmarks/compression.py [--images 10000]

A VAE 784-200-200-50 of each likelihood is trained on MNIST for a few epochs. Its codec in integers
encodes test images and decodes them under one thread and two; beside it stand the bits of the same
codec in floating point, and the bound. Written to benchmarks/compression.md.
"""

import argparse
import math
import time
from pathlib import Path

import numpy as np
import torch
from machine import machine

from aebench import models
from aebench.compression import bitsback
from aebench.compression.integers.codec import IntegerCodec
from aebench.core.schema import parse
from aebench.data.pixels import binarize, to_float, to_uint8
from aebench.data.sources.mnist import Mnist
from aebench.metrics.latents import rate_distortion
from aebench.objectives.sections.elbo import Elbo
from aebench.training.config import Training
from aebench.training.fit import fit

HERE = Path(__file__).parent
DENSE = {"widths": [200, 200], "unit": "silu"}
CONV = {"net": "conv", "unit": "relu", "batch_norm": True}
VAE = {"name": "vae", "image_shape": [1, 28, 28], "latent": 50, "encoder": DENSE, "decoder": DENSE}
MODELS = {
    "dense, bernoulli": VAE,
    "dense, discretized-logistic": VAE | {"likelihood": "discretized-logistic"},
    "dense, beta-binomial": VAE | {"likelihood": "beta-binomial"},
    "convolutions with batch norm, bernoulli": VAE
    | {"encoder": CONV | {"channels": [16, 32]}, "decoder": CONV | {"channels": [32, 16]}},
}
TRAINING = {
    "batch_size": 250,
    "optimizer": {"name": "adamw", "lr": 2e-3},
    "schedule": {"name": "cosine"},
}


def trained(spec: dict, images: torch.Tensor, binarization: str, epochs: int) -> torch.nn.Module:
    """The model after so many epochs."""
    torch.manual_seed(0)
    model = models.build(spec)
    fit(
        model,
        Elbo(binarization=binarization).build(),
        parse(Training, TRAINING | {"epochs": epochs}, "benchmark"),
        {"train": images, "validation": images[:1000]},
        precision="fp32",
        seed=0,
    )
    return model.eval().requires_grad_(False)


def row(name: str, train: torch.Tensor, test: torch.Tensor, epochs: int) -> str:
    """A line of the table."""
    spec = MODELS[name]
    grey = "likelihood" in spec
    model = trained(spec, train, "none" if grey else "stochastic", epochs)
    images = to_uint8(binarize(test, "none" if grey else "fixed")).numpy()
    codec = IntegerCodec(model)
    torch.set_num_threads(1)
    began = time.process_time()
    data = codec.encode(images)
    encoded = time.process_time()
    equal = [_equal(codec.decode(data, len(images)), images)]
    decoded = time.process_time()
    torch.set_num_threads(2)
    equal.append(_equal(codec.decode(data, len(images)), images))
    floating = 8 * len(bitsback.encode(model, images)) / images.size
    elbo = rate_distortion(model, to_float(torch.from_numpy(images)), seed=0).elbo
    bound = -elbo / (math.log(2) * images[0].size)
    bits = 8 * len(data) / images.size
    speeds = [f"{len(images) / s:,.0f}" for s in (encoded - began, decoded - encoded)]
    cells = [
        name,
        f"{bits:.4f}",
        f"{100 * (bits / floating - 1):+.2f} %",
        f"{100 * (bits / bound - 1):+.2f} %",
        *speeds,
        *(f"{n:,}" for n in equal),
    ]
    return f"| {' | '.join(cells)} |"


def _equal(decoded: np.ndarray, images: np.ndarray) -> int:
    """How many images are the same."""
    return int((decoded == images).all((1, 2, 3)).sum())


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--images", type=int, default=10_000)
    options.add_argument("--epochs", type=int, default=2)
    chosen = options.parse_args()
    raw = Mnist(source="mnist", validation=1000).read()
    pixels = np.asarray(raw.images)
    held = np.asarray(raw.official_test)
    train, test = (torch.from_numpy(pixels[part]) for part in (~held, held))
    lines = [
        f"{machine()}; {chosen.images:,} test images of MNIST, {chosen.epochs} epochs of training; "
        "images per second of one processor",
        "",
        "| model | bits a pixel | to floating point | to the bound | encoded | decoded "
        "| equal, 1 thread | equal, 2 threads |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for name in MODELS:
        lines.append(row(name, train, test[: chosen.images], chosen.epochs))
        print(lines[-1])
    (HERE / "compression.md").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
