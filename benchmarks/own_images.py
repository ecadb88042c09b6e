"""Runs the pipeline, untuned, on images that its defaults were not made for.

    python benchmarks/own_images.py [--silhouettes WHEEL] [--only NAME ...] [--folder FOLDER]

Each set is an entry of params.yaml without overrides. They are cut from what installed packages
ship: the digits and two photographs of scikit-learn, photographs, textures and faces of
scikit-image; Fashion-MNIST's files are looked for as always. WHEEL is the file of the package
`animal-mnist` (`pip download --no-deps animal-mnist`), whose array is read without unpickling.
Patches of a photograph lie in one part only. What is trained stays in FOLDER, by default
`runs/own-images`, and is not trained again. The table is written to reports/own-images.md.
"""

import argparse
import gzip
import math
import subprocess
import time
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import skimage
from machine import machine
from ruamel.yaml import YAML
from sklearn import datasets as sklearn_datasets

from aebench.core.files import atomic_write, read_json, write_text
from aebench.data.patches import patches
from aebench.metrics.interval import confidence_interval
from aebench.reporting.markdown import table

REPORT = Path("reports") / "own-images.md"
STAGES = ("prepare", "pretrain", "finetune", "vae", "evaluate", "report")
SKIMAGE = Path(skimage.__file__).parent / "data"
SKLEARN = Path(sklearn_datasets.__file__).parent / "images"
COLOUR = [
    *(SKIMAGE / f"{name}.png" for name in ("astronaut", "chelsea", "coffee", "motorcycle_left")),
    *(SKIMAGE / f"{name}.jpg" for name in ("hubble_deep_field", "retina", "rocket")),
    SKIMAGE / "ihc.png",
    SKLEARN / "china.jpg",
    SKLEARN / "flower.jpg",
]
TEXTURES = [SKIMAGE / f"{name}.png" for name in ("brick", "grass", "gravel")]
GREY = [*COLOUR, *TEXTURES, *(SKIMAGE / f"{name}.png" for name in ("camera", "coins", "moon"))]

# Images N x H x W (x 3), and the group of each, if they have any.
Images = tuple[np.ndarray, np.ndarray | None]


@dataclass(frozen=True)
class Set:
    """`make` gives the images; `parts` are those for validation and for the test.

    `grouped`: the images have groups, each of which comes into one part.
    """

    name: str
    what: str
    make: Callable[[], Images]
    parts: tuple[int, int]
    grouped: bool = False


def digits() -> Images:
    images = sklearn_datasets.load_digits().images
    return np.rint(images * 255 / 16).astype(np.uint8), None


def faces() -> Images:
    return np.load(SKIMAGE / "lfw_subset.npy", allow_pickle=False), None


def silhouettes(wheel: Path) -> Images:
    """The array of bytes at the end of a pickle, which is not executed."""
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith("data_version_3.gz"))
        content = gzip.decompress(archive.read(name))
    size = 10_000 * 28 * 28
    # BINBYTES: a letter, the length in four bytes, and the bytes.
    start = content.index(b"B" + size.to_bytes(4, "little")) + 5
    return np.frombuffer(content, np.uint8, size, start).reshape(-1, 28, 28), None


def of_patches(
    name: str, photographs: Sequence[Path], side: int, count: int, mode: str, parts: tuple[int, int]
) -> Set:
    def make() -> Images:
        images, numbers = patches(photographs, side, count, mode)
        return images, np.array([path.stem for path in photographs])[numbers]

    return Set(name, f"patches of {len(photographs)} photographs", make, parts, grouped=True)


def sets(wheel: Path | None) -> list[Set]:
    found = [
        Set("digits", "digits of scikit-learn", digits, (180, 360)),
        Set("faces", "faces and other things (lfw_subset)", faces, (30, 30)),
        of_patches("textures-32", TEXTURES, 32, 3000, "L", (900, 900)),
        of_patches("grey-16", GREY, 16, 100_000, "L", (12_500, 12_500)),
        of_patches("colour-32", COLOUR, 32, 10_000, "RGB", (2000, 2000)),
        of_patches("grey-64", GREY, 64, 2000, "L", (250, 250)),
        of_patches("colour-96", COLOUR, 96, 1000, "RGB", (200, 200)),
        of_patches("colour-128", COLOUR, 128, 200, "RGB", (40, 40)),
    ]
    if wheel:
        found.append(
            Set("silhouettes", "animals (animal-mnist)", lambda: silhouettes(wheel), (1000, 1000))
        )
    return found


def entry(chosen: Set) -> dict[str, Any]:
    """The set's entry in params.yaml."""
    validation, test = chosen.parts
    return {
        "source": "array",
        "path": f"own/{chosen.name}.npz",
        **({"group": "group"} if chosen.grouped else {}),
        "validation": validation,
        "test": test,
        "overrides": {},
    }


def write_project(folder: Path, chosen: Sequence[Set]) -> None:
    """Write a project whose params.yaml is that of this one with other `sets`."""
    (folder / "own").mkdir(parents=True, exist_ok=True)
    params = YAML(typ="safe").load(Path("params.yaml"))
    params["sets"] = {each.name: entry(each) for each in chosen}
    params["sets"]["fashion"] = {
        "source": "fashion-mnist",
        "validation": 2000,
        "recipes": "auto",
        "overrides": {},
    }
    params["datasets"] = list(params["sets"])
    with atomic_write(folder / "params.yaml") as temporary, temporary.open("w") as file:
        YAML(typ="safe").dump(params, file)
    for each in chosen:
        path = folder / "own" / f"{each.name}.npz"
        if not path.exists():
            images, groups = each.make()
            arrays = {"images": images} | ({} if groups is None else {"group": groups})
            with atomic_write(path) as temporary, temporary.open("wb") as file:
                np.savez(file, **arrays)


def run(folder: Path, name: str) -> None:
    """Run the pipeline on a set; notes the seconds that it took if it ran through at once."""
    log = folder / "reports" / name / "seconds"
    if log.exists():
        return
    begun = (folder / "reports" / name).exists()
    began = time.monotonic()
    for stage in STAGES:
        subprocess.run(["aebench", stage, name], cwd=folder, check=True)
    write_text(log, "more, in parts" if begun else f"{time.monotonic() - began:.0f}")


def row(folder: Path, name: str, what: str) -> list[str]:
    """The set's line in the table."""
    report = folder / "reports" / name
    card, metrics = read_json(report / "data" / "card.json"), read_json(report / "metrics.json")
    linear = metrics["pca"]["validation"]["clipped_sse_per_image"]
    changes = [
        read_json(path)["metrics"]["validation"]["sse_per_image"] / linear - 1
        for path in sorted((folder / "models" / name / "finetune").glob("finetuned-*/run.json"))
    ]
    tool = metrics["general_tool"]
    interval = confidence_interval(changes)
    assert interval
    bits = [
        metrics[model]["test"]["nll"] / math.prod(card["image_shape"]) / math.log(2)
        for model in ("factorized", "vae")
    ]
    return [
        name,
        what,
        " x ".join(map(str, card["image_shape"])),
        f"{card['images']['train']:,}",
        f"{metrics['pca']['components']}",
        f"{linear:.3f}",
        f"{metrics['finetuned']['validation']['sse_per_image']:.3f}",
        f"{sum(changes) / len(changes):+.1%} ({interval[0]:+.1%} to {interval[1]:+.1%})",
        f"{metrics['pca']['test']['clipped_sse_per_image']:.3f}",
        f"{metrics['finetuned']['test']['sse_per_image']:.3f}",
        f"{bits[0]:.3f}",
        f"{bits[1]:.3f}",
        f"{tool['test']['bits_per_value']:.3f} ({tool['called']})",
        (report / "seconds").read_text(),
    ]


COLUMNS = (
    "set",
    "images",
    "shape",
    "to train on",
    "code",
    "PCA, validation",
    "autoencoder, validation",
    "change (95 % over seeds)",
    "PCA, test",
    "autoencoder, test",
    "factorized, bits",
    "VAE, bits",
    "best of PNG, WebP, xz, bits",
    "seconds",
)
TEXT = """# Images that the defaults were not made for

Made by `python benchmarks/own_images.py`, which says where the images are from: no set has
`overrides`, and every number is a mean over three seeds. The autoencoder is the one that begins at
PCA or is pretrained, its error squared, summed over an image's numbers in [0, 1]; PCA has a code of
the same size, and is clipped to [0, 1], as what nets make is. Bits are for each number of a test
image, of the VAE and of the best model whose pixels do not depend on each other. Patches of one
photograph lie in one part only: what is learned of some photographs is tested on others. Seconds
are those of all stages, beside whatever else the machine did.

{table}

On {machine}.
"""


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--silhouettes", type=Path, metavar="WHEEL")
    parser.add_argument("--only", nargs="+", default=[], metavar="NAME")
    parser.add_argument("--folder", type=Path, default=Path("runs") / "own-images")
    options = parser.parse_args()
    chosen = sets(options.silhouettes)
    write_project(options.folder, chosen)
    names = {each.name: each.what for each in chosen} | {"fashion": "Fashion-MNIST"}
    for name in options.only or names:
        run(options.folder, name)
    done = {
        name: what
        for name, what in names.items()
        if (options.folder / "reports" / name / "seconds").exists()
    }
    rows = [row(options.folder, name, what) for name, what in done.items()]
    found = table(COLUMNS, range(3, len(COLUMNS)), rows)
    write_text(REPORT, TEXT.format(table=found, machine=machine()))


if __name__ == "__main__":
    main()
