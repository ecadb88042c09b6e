"""The contract of autoregressive pixel decoders."""

from typing import Any

import torch

from aebench.contract import common
from aebench.models.base import Pixels


def check_shapes(section: Pixels) -> None:
    """It gives logits of each pixel, and samples images of 0 and 1."""
    for colours in (1, 3):
        net: Any = section.build(colours).eval()
        given = torch.randn(2, section.channels, 5, 4)
        images = torch.rand(2, colours, 5, 4).round()
        with torch.no_grad():
            common.expect(net(images, given), (2, colours, 5, 4), "logits")
            samples = net.draw(given)
        common.expect(samples, (2, colours, 5, 4), "sampled images")
        assert ((samples == 0) | (samples == 1)).all(), "sampled pixels are not all 0 or 1"


def check_order(section: Pixels) -> None:
    """The logits of a pixel do not depend on it or on those after it."""
    net = section.build(1).eval()
    given = torch.randn(1, section.channels, 5, 4)
    images = torch.rand(1, 1, 5, 4).round()
    with torch.no_grad():
        before = net(images, given).flatten()
        for place in range(20):
            other = images.clone()
            other.view(-1)[place] = 1 - other.view(-1)[place]
            after = net(other, given).flatten()
            assert torch.equal(before[: place + 1], after[: place + 1]), (
                f"the logits of a pixel up to {place} depend on pixel {place}"
            )


def check_gradients(section: Pixels) -> None:
    """Finite gradients reach all parameters."""
    net = section.build(1).train()
    output = net(torch.rand(4, 1, 5, 4).round(), torch.randn(4, section.channels, 5, 4))
    common.gradients_reach_all(net, (output * torch.randn_like(output)).sum())
