"""Models and compressed files that earlier versions have written: they are read as before."""

import zlib
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
    """As those of bits back in floats do on the kind of machine that has written them."""
    model = load(OLD / "autoencoder.safetensors")
    file = Compressed.from_bytes((OLD / "autoencoder.aeb").read_bytes(), "old")
    images = codec.decompress(model, file, "old")
    assert images.shape == (10, 1, 6, 6) and images.dtype == np.uint8


def test_images_compressed_in_integers_come_back_on_any_machine() -> None:
    model = load(OLD / "vae.safetensors")
    file = Compressed.from_bytes((OLD / "vae-integers.aeb").read_bytes(), "integers")
    images = codec.decompress(model, file, "integers")
    assert zlib.crc32(images.tobytes()) == 2549042827
    # The model rounds to the same integers with these images and without.
    assert codec.compress(model, images).model == file.model
