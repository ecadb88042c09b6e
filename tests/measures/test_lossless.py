"""Bits a pixel of files that lose nothing."""

import gzip

import numpy as np
import pytest
import torch

from aebench.baselines.sections.streams import Gzip
from aebench.compression.files import Files
from aebench.core.errors import InputError
from aebench.data.pixels import binarize
from aebench.measures.sections.lossless import Lossless

GREY = Lossless(binarization="none")
BLACK_AND_WHITE = Lossless(binarization="fixed")


def test_general_formats_get_the_bytes_of_grey_images_and_the_bits_of_others(baseline) -> None:
    subject = baseline("gzip")
    test = subject.prepared.part("test")[0]
    grey = GREY.compute(subject).values["bits_per_pixel"]
    assert grey == 8 * len(gzip.compress(test.tobytes(), 9, mtime=0)) / test.size
    drawn = binarize(torch.from_numpy(test), "fixed").mul(255).byte().numpy()
    bits = len(gzip.compress(np.packbits(drawn.reshape(40, -1) > 0, axis=1).tobytes(), 9, mtime=0))
    found = BLACK_AND_WHITE.compute(subject).values["bits_per_pixel"]
    assert found == 8 * bits / test.size


@pytest.mark.parametrize("name", ["png", "lossless-webp", "brotli"])
@pytest.mark.parametrize("config", [GREY, BLACK_AND_WHITE])
def test_a_file_each_costs_more(name: str, config: Lossless, baseline) -> None:
    each = config.model_copy(update={"whole": False})
    some = [one.compute(baseline(name)).values["bits_per_pixel"] for one in (config, each)]
    assert some[0] < some[1]


def test_bits_back_takes_a_little_more_than_its_bound(net) -> None:
    values = BLACK_AND_WHITE.compute(net("vae")).values
    assert values.keys() == set(GREY.columns())
    # 40 images of 36 pixels: the grid, the checksum and the first latents' bits are much of it.
    assert 0 < values["bits_per_pixel"] - values["bound_bits_per_pixel"] < 0.5


def test_images_that_do_not_come_back_are_no_result(baseline, monkeypatch) -> None:
    def broken(self: Gzip, images: np.ndarray, whole: bool) -> Files:
        return Files([1], images ^ 1)

    monkeypatch.setattr(Gzip, "lossless_files", broken)
    with pytest.raises(RuntimeError, match="gzip: the decoded images differ"):
        GREY.compute(baseline("gzip"))


@pytest.mark.parametrize(
    ("name", "config", "complaint"),
    [
        ("vae", GREY, "grey values, which have no probability"),
        ("vae", BLACK_AND_WHITE.model_copy(update={"whole": False}), "bits back codes many images"),
        ("stacked", GREY, "not coded without loss"),
    ],
)
def test_what_cannot_be_coded_is_refused(name, config, complaint, net, prepared, recipe) -> None:
    with pytest.raises(InputError, match=complaint):
        config.check(net(name, epochs=1).run.model(), prepared, recipe(name))


def test_lossy_baselines_are_refused(baseline, prepared, recipe) -> None:
    with pytest.raises(InputError, match=r"the baseline is not lossless; allowed: brotli, .*png"):
        GREY.check(baseline("jpeg").baseline, prepared, recipe())
