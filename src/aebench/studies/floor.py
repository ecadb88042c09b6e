"""The floor of a reconstruction: PCA of the same code size, clipped, and the mean training image.

A comparison of nets that both lose to PCA says nothing of nets that are worth training.
"""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from statistics import mean

import torch

from aebench.core.files import Row
from aebench.data.examples import without
from aebench.data.pca import PcaCodec
from aebench.data.prepared import Prepared
from aebench.experiments.cell import Cell
from aebench.metrics.linear_floor import clipped_error
from aebench.metrics.mean_image import mean_image_error
from aebench.models.encoder_decoder import EncoderDecoder, code_length
from aebench.studies.reached import is_to_a_target
from aebench.training.batches import fixed_subset

ERROR = "validation_sse_per_image"
PCA = "pca_validation_sse_per_image"
# What a row gets, beside the numbers of images that it was trained and tested on.
COLUMNS = (PCA, "pca_test_sse_per_image", "mean_test_sse_per_image")
IMAGES = ("trained_on", "tested_on")
# A net that begins at PCA and stays there has its error but for rounding.
TIE = 1e-3


def add_floor(rows: Sequence[Row], cells: Sequence[Cell], prepared: Prepared) -> list[Row]:
    """The rows of the cells, in the same order, with IMAGES, and COLUMNS where they reconstruct."""
    # Levels -> the code size: the seeds of a place have the same net.
    sizes: dict[tuple[str, ...], int | None] = {}
    found = []
    for row, cell in zip(rows, cells, strict=True):
        place = tuple(cell.levels.values())
        if place not in sizes:
            sizes[place] = _code_size(cell, prepared)
        found.append(row | _of(row, cell, prepared, sizes[place]))
    columns = {name: None for row in found for name in row}
    return [{name: row.get(name, "") for name in columns} for row in found]


def _code_size(cell: Cell, prepared: Prepared) -> int | None:
    """None for a baseline, and for a model that has no code."""
    if cell.recipe.baseline:
        return None
    model = cell.recipe.steps[-1].model.module(prepared.image_shape).eval()
    return code_length(model) if isinstance(model, EncoderDecoder) else None


def _of(row: Row, cell: Cell, prepared: Prepared, size: int | None) -> Row:
    training = cell.recipe.training
    data = cell.data(prepared)
    seen = _seen(data, tuple(training.without or ()))
    count = min(seen.count("train"), training.images or seen.count("train"))
    images: Row = dict(zip(IMAGES, (count, seen.count("test")), strict=True))
    # A training that diverged has no error.
    reconstructs = hasattr(cell.recipe.objective, "loss") or row.get(ERROR, "") != ""
    if size is None or not reconstructs:
        return images
    return images | dict(zip(COLUMNS, _errors(seen, count, size), strict=True))


@lru_cache(maxsize=64)
def _seen(data: Prepared, unseen: tuple[int, ...]) -> Prepared:
    return without(data, unseen)


@lru_cache(maxsize=256)
def _errors(data: Prepared, count: int, size: int) -> tuple[float, float, float]:
    """PCA's errors on validation and test images, and that of the mean image on test images.

    In one thread: several sum in varying order, so that the last digits would differ.
    """
    from threadpoolctl import threadpool_limits

    # The images that a training on so many takes.
    train = fixed_subset(torch.from_numpy(data.part("train")[0]), count).numpy()
    test = data.part("test")[0]
    pca = PcaCodec(train, size)
    with threadpool_limits(1):
        validation = clipped_error(pca, data.part("validation")[0])
        return validation, clipped_error(pca, test), mean_image_error(train, test)


def is_reconstruction(metric: str) -> bool:
    """Whether PCA of the same code size could have the metric, too."""
    return (
        metric.endswith(("sse_per_image", "bce_per_pixel"))
        or metric == "gap"
        or is_to_a_target(metric)
    )


def beats_pca(rows: Iterable[Row]) -> bool | None:
    """Whether a side has a lower validation error than PCA, by TIE, on average over its seeds.

    None if it is no net that reconstructs; False if all its trainings diverged.
    """
    nets = [row for row in rows if row.get(PCA, "") != ""]
    ends = [
        float(row[ERROR]) - (1 - TIE) * float(row[PCA]) for row in nets if row.get(ERROR, "") != ""
    ]
    if not nets:
        return None
    return bool(ends) and mean(ends) < 0
