"""`aebench export`: a model for programs without PyTorch, as ONNX (https://onnx.ai)."""

import contextlib
import logging
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import torch
from torch import Tensor, nn

from aebench.commands.outputs import check_file
from aebench.commands.trained import load_autoencoder
from aebench.core.errors import InputError
from aebench.core.files import atomic_write
from aebench.core.progress import note
from aebench.models.encoder_decoder import EncoderDecoder, code_length

Part = Literal["reconstruct", "encode", "decode"]


class _Part(nn.Module):
    """One of a model's methods as the module that the exporter takes."""

    def __init__(self, model: EncoderDecoder, name: Part):
        super().__init__()
        self.model, self.name = model, name

    def forward(self, inputs: Tensor) -> Tensor:
        return getattr(self.model, self.name)(inputs)


def export(model: str, output: Path, part: Part, force: bool) -> None:
    check_file(output, force)
    net = load_autoencoder(model)
    if part != "encode" and getattr(net, "pixels", None):
        raise InputError(
            f"--part {part}",
            "the model draws an image pixel by pixel, which is no single graph",
            "encode",
        )
    import onnx

    takes, gives = {
        "reconstruct": ("images", "reconstructions"),
        "encode": ("images", "codes"),
        "decode": ("codes", "images"),
    }[part]
    size = (code_length(net),) if takes == "codes" else net.image_shape
    # Not one: the exporter takes an axis of 1 for a fixed one.
    example = torch.zeros(2, *size)
    with _quiet():
        program = torch.onnx.export(
            _Part(net, part).eval(),
            (example,),
            input_names=[takes],
            output_names=[gives],
            dynamic_shapes={"inputs": {0: torch.export.Dim("batch")}},
            dynamo=True,
            verbose=False,
        )
    assert program is not None  # with dynamo=True and no path, it is given back
    graph = _without_origin(program.model_proto)
    with atomic_write(output) as temporary:
        onnx.save(graph, temporary)
    note(f"{part} written to {output}: {takes} in, {gives} out")


def _without_origin(graph):
    """The model without notes on the code it comes from, which hold folders of this machine."""
    del graph.metadata_props[:]
    del graph.graph.metadata_props[:]
    for part in (*graph.graph.node, *graph.graph.value_info):
        del part.metadata_props[:]
        part.doc_string = ""
    return graph


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Without the exporter's talk of what it would like to have, such as torchvision."""
    logger = logging.getLogger("torch.onnx")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(level)
