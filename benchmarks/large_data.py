"""Runs the pipeline on images that stay on disk, and measures the memory that each stage takes.

    python benchmarks/large_data.py [--gigabytes 10] [--memory 4] [--folder FOLDER]

A tenth of them first, to see how the time grows. Images are made up: a few bright blobs each on a
background with noise, in colour. Each stage is a process that is told that the machine has so much
memory, of which what it holds is not free. What of its memory cannot be given back to the system,
pages of no file, is read every tenth of a second. Of the tenth, the training is timed again, with
so much memory that the images are loaded and with so little that they stay on disk, in turn.
FOLDER, by default a temporary one, needs three times the gigabytes. The table is written to
benchmarks/large-data.md.
"""

import argparse
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import numpy as np
from machine import machine
from ruamel.yaml import YAML

from aebench.core.files import read_json, write_text
from aebench.reporting.markdown import table

HERE = Path(__file__).parent
SIDE = 64
# GiB of memory in which a tenth of the images is loaded, and how often each way is timed.
PLENTY = 64
TIMES = 3
STAGES = ("prepare", "finetune", "vae", "evaluate", "report")
STAGE = """
import sys
from pathlib import Path
from aebench.cli import main
from aebench.core import memory

def available(device="cpu"):
    resident, of_files = map(int, Path("/proc/self/statm").read_text().split()[1:3])
    return {memory} - 4096 * (resident - of_files)

memory.available = available
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
MODELS = ("pca", "scratch")
COLUMNS = ("stage", "seconds of a tenth", "seconds", "ratio", "GiB of memory, most")
TEXT = """# More images than memory

Made by `python benchmarks/large_data.py`: {images} images of 3 x {side} x {side}, {gigabytes} GiB,
and a tenth of them, {few}, go through the pipeline as if the machine had {memory} GiB of memory.
The ratio says how time grows with ten times the images; what each process takes to start is in
both. Memory is what cannot be given back to the system: pages of no file.

{table}

`finetune` of the tenth, medians of {times} in turn: {loaded:.1f} s with its images loaded,
{mapped:.1f} s with them on disk, {ratio:.2f} times as long. Squared error of a test image:
{errors}. On {machine}.
"""


@dataclass(frozen=True)
class Stage:
    """The seconds of a stage, and the most memory, in GiB, that it held at a time."""

    seconds: float
    gigabytes: float


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


def measured(command: list[str], folder: Path) -> Stage:
    began, most = time.monotonic(), 0
    with subprocess.Popen(command, cwd=folder) as process:
        while process.poll() is None:
            most = max(most, held(process.pid))
            time.sleep(0.1)
    if process.returncode:
        sys.exit(process.returncode)
    return Stage(time.monotonic() - began, most / 2**20)


def held(pid: int) -> int:
    """KiB of a process and its children that are pages of no file."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
        lists = [path.read_text() for path in Path(f"/proc/{pid}/task").glob("*/children")]
    except (FileNotFoundError, ProcessLookupError):
        return 0
    fields = dict(line.split(":", 1) for line in lines)
    own = int(fields.get("RssAnon", "0 kB").split()[0])
    return own + sum(held(int(child)) for child in " ".join(lists).split())


def write_project(folder: Path, gigabytes: float) -> None:
    (folder / "own").mkdir()
    make(folder / "own" / "images.npy", images_of(gigabytes))
    YAML().dump(PARAMS, folder / "params.yaml")


def run(folder: Path, stage: str, memory: float) -> Stage:
    code = STAGE.format(memory=memory * 2**30, stage=stage)
    found = measured([sys.executable, "-c", code], folder)
    print(f"{stage}, {memory:g} GiB of memory: {found}", flush=True)
    return found


def stages(folder: Path, gigabytes: float, memory: float) -> list[Stage]:
    """What each stage took of images of so many GiB."""
    print(f"{gigabytes:g} GiB", flush=True)
    write_project(folder, gigabytes)
    return [run(folder, stage, memory) for stage in STAGES]


def trained_again(folder: Path, memory: float) -> float:
    shutil.rmtree(folder / "runs")
    return run(folder, "finetune", memory).seconds


def loaded_and_mapped(folder: Path, memory: float) -> tuple[float, float]:
    """Seconds of `finetune` with images in memory and with images on disk."""
    seconds = [[trained_again(folder, which) for which in (PLENTY, memory)] for _ in range(TIMES)]
    loaded, mapped = map(median, zip(*seconds, strict=True))
    return loaded, mapped


def errors(folder: Path) -> str:
    metrics = read_json(folder / "reports" / "large" / "metrics.json")
    return ", ".join(f"{name} {metrics[name]['test']['sse_per_image']:.2f}" for name in MODELS)


def images_of(gigabytes: float) -> int:
    return int(gigabytes * 2**30 / (3 * SIDE**2))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--gigabytes", type=float, default=10)
    parser.add_argument("--memory", type=float, default=4)
    parser.add_argument("--folder", type=Path)
    options = parser.parse_args()
    few = options.gigabytes / 10
    with tempfile.TemporaryDirectory(dir=options.folder) as name:
        tenth = stages(Path(name), few, options.memory)
        loaded, mapped = loaded_and_mapped(Path(name), options.memory)
    with tempfile.TemporaryDirectory(dir=options.folder) as name:
        whole = stages(Path(name), options.gigabytes, options.memory)
        found_errors = errors(Path(name))
    rows = [
        [
            name,
            f"{less.seconds:,.1f}",
            f"{more.seconds:,.1f}",
            f"{more.seconds / less.seconds:.1f}",
            f"{more.gigabytes:.2f}",
        ]
        for name, less, more in zip(STAGES, tenth, whole, strict=True)
    ]
    found = table(COLUMNS, range(1, len(COLUMNS)), rows)
    text = TEXT.format(
        table=found,
        few=f"{images_of(few):,}",
        images=f"{images_of(options.gigabytes):,}",
        side=SIDE,
        gigabytes=f"{options.gigabytes:g}",
        memory=f"{options.memory:g}",
        times=TIMES,
        loaded=loaded,
        mapped=mapped,
        ratio=mapped / loaded,
        errors=found_errors,
        machine=machine(),
    )
    print(text)
    write_text(HERE / "large-data.md", text)


if __name__ == "__main__":
    main()
