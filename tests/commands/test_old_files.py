"""Models and compressed files that version 0.1 has written: they are read as before."""

from pathlib import Path

import numpy as np
import pytest
import torch

from aebench import load
from aebench.compression import codec
from aebench.compression.container import Compressed, fingerprint

OLD = Path(__file__).parent / "old"


@pytest.mark.parametrize("name", ["autoencoder", "vae"])
def test_a_model_and_the_file_that_it_wrote_still_belong_together(name: str) -> None:
    model = load(OLD / f"{name}.safetensors")
    assert model.image_shape == (1, 6, 6)
    images = torch.rand(3, 1, 6, 6)
    assert model.reconstruct(images).shape == images.shape
    file = Compressed.from_bytes((OLD / f"{name}.aeb").read_bytes(), name)
    file.check_model(fingerprint(model), name)


def test_images_compressed_with_loss_come_back() -> None:
    """Without loss they come back on the kind of machine that has written them, too."""
    model = load(OLD / "autoencoder.safetensors")
    file = Compressed.from_bytes((OLD / "autoencoder.aeb").read_bytes(), "old")
    images = codec.decompress(model, file, "old")
    assert images.shape == (10, 1, 6, 6) and images.dtype == np.uint8
