"""The contract of decoders: N x inputs -> logits N x C x H x W."""

import torch

from aebench.contract import common
from aebench.nets.base import Decoder

INPUTS = 5


def check_shapes(section: Decoder) -> None:
    """It gives N x C x H x W for grey and colour, other sizes than 28 x 28 and a batch of one."""
    for shape, what in common.each_shape():
        net = section.build(INPUTS, shape).eval()
        for count in (4, 1):
            with torch.no_grad():
                output = net(torch.randn(count, INPUTS))
            common.expect(output, (count, *shape), what)


def check_logits(section: Decoder) -> None:
    """It gives logits, which are not confined to [0, 1]."""
    net = section.build(INPUTS, common.SHAPES[0]).eval()
    with torch.no_grad():
        output = net(100 * torch.randn(200, INPUTS))
    assert output.min() < 0 or output.max() > 1, (
        "all outputs lie in [0, 1]; expected the image before its sigmoid"
    )


def check_gradients(section: Decoder) -> None:
    """Finite gradients reach all parameters."""
    for shape, _ in common.each_shape():
        net = section.build(INPUTS, shape).train()
        output = net(torch.randn(8, INPUTS))
        common.gradients_reach_all(net, (output * torch.randn_like(output)).sum())


def check_seed(section: Decoder) -> None:
    """The same seed gives the same bytes."""
    codes = torch.randn(4, INPUTS)
    common.same_seed_same_bytes(lambda: section.build(INPUTS, common.SHAPES[0]), codes)


def check_evaluation(section: Decoder) -> None:
    """In evaluation a code's image is the same each time, whatever else is in the batch."""
    net = section.build(INPUTS, common.SHAPES[0])
    net.train()(torch.randn(8, INPUTS))
    common.independent_of_batch(net.eval(), torch.randn(8, INPUTS))


def check_state(section: Decoder) -> None:
    """Its state_dict holds all that it has learned."""
    shape, codes = common.SHAPES[0], torch.randn(8, INPUTS)
    common.state_dict_round_trip(lambda: section.build(INPUTS, shape), lambda net: net(codes))
