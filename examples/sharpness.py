"""The measure `sharpness`: how much of the images' edges their reconstructions keep."""

from typing import ClassVar, Literal

import torch

from aebench.core.errors import InputError
from aebench.data.pixels import in_chunks, to_float
from aebench.measures.base import Measure
from aebench.measures.result import MeasureResult


def edges(images):
    """The mean magnitude of differences between neighbouring pixels, of each image."""
    across, down = images.diff(dim=-1).abs(), images.diff(dim=-2).abs()
    return across.flatten(1).mean(1) + down.flatten(1).mean(1)


class Sharpness(Measure):
    """Mean edges of reconstructions by those of the test images themselves."""

    name: Literal["sharpness"]
    version: ClassVar[int] = 1
    glossary: ClassVar[dict[str, str]] = {
        "sharpness": "edges of reconstructed test images, as a share of those of the images; ↑"
    }

    def columns(self):
        return ("sharpness",)

    def check(self, what, prepared, recipe):
        if not hasattr(what, "reconstruct"):
            raise InputError("measures: sharpness: the model reconstructs nothing")

    def compute(self, input):
        model = input.model()
        images = torch.from_numpy(input.prepared.part("test")[0])
        kept = real = 0.0
        with torch.no_grad():
            for part in in_chunks(images.to(next(model.parameters()).device)):
                real += edges(to_float(part)).sum().item()
                kept += edges(model.reconstruct(to_float(part))).sum().item()
        return MeasureResult({"sharpness": kept / real})
