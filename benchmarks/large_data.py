"""Runs the pipeline on images that stay on disk, and measures the memory that each stage takes.

    python benchmarks/large_data.py [--gigabytes 10] [--memory 4] [--folder FOLDER]

Images are made up: a few bright blobs each on a background with noise, in colour. Each stage is a
process, for which so much memory counts as free, whatever the machine has. What of its memory
cannot be given back to the system, pages of no file, is read every tenth of a second. FOLDER, by
default a temporary one, needs three times the gigabytes. The table is written to
benchmarks/large-data.md.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from machine import machine
from ruamel.yaml import YAML

from aebench.core.files import read_json

HERE = Path(__file__).parent
SIDE = 64
STAGES = ("prepare", "finetune", "vae", "evaluate", "report")
STAGE = """
from aebench.core import memory
memory.available = lambda device="cpu": {memory}
import sys
from aebench.cli import main
sys.argv = ["aebench", "{stage}", "large"]
sys.exit(main())
"""
DENSE = {"widths": [16], "unit": "silu"}
TRAINING = {
    "epochs": 1,
    "batch_size": 250,
    "optimizer": {"name": "adamw", "lr": 1e-3},
    "schedule": {"name": "constant"},
    "order": "blocks",
}
PARAMS = {
    "datasets": ["large"],
    "seeds": [0],
    "precision": "fp32",
    "threads": 1,
    "sets": {
        "large": {
            "source": "array",
            "path": "own/images.npy",
            "recipes": "file",
            "validation": 2000,
            "test": 2000,
        }
    },
    "recipes": {
        "autoencoder": {
            "model": {"name": "stacked", "widths": [16], "unit": "silu"},
            "objective": {"name": "reconstruction", "loss": "sse"},
            "training": TRAINING,
        },
        "vae": {
            "model": {"name": "vae", "latent": 2, "encoder": DENSE, "decoder": DENSE},
            "objective": {"name": "elbo", "binarization": "stochastic"},
            "training": TRAINING,
        },
    },
    "evaluate": {"nll_samples": 1},
}


def make(path: Path, count: int) -> None:
    """Write `count` images, uint8 N x 3 x SIDE x SIDE, a thousand at a time."""
    generator = np.random.default_rng(0)
    images = np.lib.format.open_memmap(path, "w+", np.uint8, (count, 3, SIDE, SIDE))
    place = np.arange(SIDE, dtype=np.float32)
    for start in range(0, count, 1000):
        part = images[start : start + 1000]
        centres = generator.uniform(0, SIDE, (2, len(part), 3, 4, 1)).astype(np.float32)
        y, x = np.exp(-((place - centres) ** 2) / 150)
        part[:] = 200 * np.einsum("ncky,nckx->ncyx", y, x).clip(0, 1)
        part += generator.integers(0, 32, part.shape, np.uint8)
    images.flush()


def measured(command: list[str], folder: Path) -> tuple[float, float]:
    """Seconds of a command, and the most GiB that it held at a time."""
    began, most = time.monotonic(), 0
    with subprocess.Popen(command, cwd=folder) as process:
        while process.poll() is None:
            most = max(most, held(process.pid))
            time.sleep(0.1)
    if process.returncode:
        sys.exit(process.returncode)
    return time.monotonic() - began, most / 2**20


def held(pid: int) -> int:
    """KiB of a process and its children that are pages of no file."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    fields = dict(line.split(":", 1) for line in lines)
    own = int(fields.get("RssAnon", "0 kB").split()[0])
    return own + sum(held(int(child)) for child in children)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--gigabytes", type=float, default=10)
    parser.add_argument("--memory", type=float, default=4)
    parser.add_argument("--folder", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.folder) as name:
        folder = Path(name)
        (folder / "own").mkdir()
        count = int(options.gigabytes * 2**30 / (3 * SIDE**2))
        make(folder / "own" / "images.npy", count)
        YAML().dump(PARAMS, folder / "params.yaml")
        lines = [
            f"{machine()}; {count:,} images of 3 x {SIDE} x {SIDE}, {options.gigabytes:g} GiB, "
            f"of which {options.memory:g} GiB count as free memory",
            "",
            "| stage | seconds | GiB of memory, most |",
            "| --- | ---: | ---: |",
        ]
        for stage in STAGES:
            code = STAGE.format(memory=options.memory * 2**30, stage=stage)
            seconds, most = measured([sys.executable, "-c", code], folder)
            lines.append(f"| {stage} | {seconds:,.0f} | {most:.2f} |")
            print(lines[-1], flush=True)
        metrics = read_json(folder / "reports" / "large" / "metrics.json")
        errors = {name: metrics[name]["test"]["sse_per_image"] for name in ("pca", "scratch")}
    lines += ["", "Squared error a test image: " + str(errors)]
    text = "\n".join(lines) + "\n"
    print(text)
    (HERE / "large-data.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
