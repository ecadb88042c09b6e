"""Bits a pixel of files that lose nothing."""

import gzip

import numpy as np
import pytest
import torch

from aebench.compression import traditional
from aebench.data.pixels import binarize
from aebench.errors import InputError
from aebench.measures import lossless
from aebench.measures.config import Lossless

GREY = Lossless(name="lossless", binarization="none")
BLACK_AND_WHITE = Lossless(name="lossless", binarization="fixed")


def test_general_formats_get_the_bytes_of_grey_images_and_the_bits_of_others(tool) -> None:
    subject = tool("gzip")
    test = subject.prepared.part("test")[0]
    grey = lossless.measure(GREY, subject).values["bits_per_pixel"]
    assert grey == 8 * len(gzip.compress(test.tobytes(), 9, mtime=0)) / test.size
    drawn = binarize(torch.from_numpy(test), "fixed").mul(255).byte().numpy()
    bits = len(gzip.compress(np.packbits(drawn.reshape(40, -1) > 0, axis=1).tobytes(), 9, mtime=0))
    found = lossless.measure(BLACK_AND_WHITE, subject).values["bits_per_pixel"]
    assert found == 8 * bits / test.size


@pytest.mark.parametrize("name", ["png", "lossless-webp", "brotli"])
@pytest.mark.parametrize("config", [GREY, BLACK_AND_WHITE])
def test_a_file_each_costs_more(name: str, config: Lossless, tool) -> None:
    each = config.model_copy(update={"whole": False})
    some = [lossless.measure(one, tool(name)).values["bits_per_pixel"] for one in (config, each)]
    assert some[0] < some[1]


def test_bits_back_takes_a_little_more_than_its_bound(net) -> None:
    values = lossless.measure(BLACK_AND_WHITE, net("vae")).values
    assert values.keys() == set(lossless.columns(GREY))
    # 40 images of 36 pixels: the grid, the checksum and the first latents' bits are much of it.
    assert 0 < values["bits_per_pixel"] - values["bound_bits_per_pixel"] < 0.5


def test_images_that_do_not_come_back_are_no_result(tool, monkeypatch) -> None:
    def broken(name: str, images: np.ndarray, whole: bool) -> traditional.Files:
        return traditional.Files([1], images ^ 1)

    monkeypatch.setattr(traditional, "lossless", broken)
    with pytest.raises(RuntimeError, match="gzip: the images did not come back"):
        lossless.measure(GREY, tool("gzip"))


@pytest.mark.parametrize(
    ("name", "config", "complaint"),
    [
        ("vae", GREY, "grey values, which have no probability"),
        ("vae", BLACK_AND_WHITE.model_copy(update={"whole": False}), "bits back codes many images"),
        ("stacked", GREY, "not coded without loss"),
    ],
)
def test_what_cannot_be_coded_is_refused(name, config, complaint, net, prepared) -> None:
    with pytest.raises(InputError, match=complaint):
        lossless.check(config, net(name, epochs=1).run.model(), prepared)


def test_lossy_tools_are_refused(tool, prepared) -> None:
    with pytest.raises(InputError, match="the tool loses something; allowed: png"):
        lossless.check(GREY, tool("jpeg").tool, prepared)
