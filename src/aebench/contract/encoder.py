"""The contract of encoders: N x C x H x W -> N x outputs."""

import torch

from aebench.contract import common
from aebench.nets.base import Encoder

OUTPUTS = 5


def check_shapes(section: Encoder) -> None:
    """It gives N x outputs for grey and colour, other sizes than 28 x 28 and a batch of one."""
    for shape, what in common.each_shape():
        net = section.build(shape, OUTPUTS).eval()
        for count in (4, 1):
            with torch.no_grad():
                output = net(common.images(count, shape))
            common.expect(output, (count, OUTPUTS), what)


def check_gradients(section: Encoder) -> None:
    """Finite gradients reach all parameters."""
    for shape, _ in common.each_shape():
        net = section.build(shape, OUTPUTS).train()
        output = net(common.images(8, shape))
        common.gradients_reach_all(net, (output * torch.randn_like(output)).sum())


def check_seed(section: Encoder) -> None:
    """The same seed gives the same bytes."""
    shape = common.SHAPES[0]
    common.same_seed_same_bytes(lambda: section.build(shape, OUTPUTS), common.images(4, shape))


def check_evaluation(section: Encoder) -> None:
    """In evaluation an image's output is the same each time, whatever else is in the batch."""
    shape = common.SHAPES[0]
    net = section.build(shape, OUTPUTS)
    net.train()(common.images(8, shape, seed=1))
    common.independent_of_batch(net.eval(), common.images(8, shape))


def check_state(section: Encoder) -> None:
    """Its state_dict holds all that it has learned."""
    shape = common.SHAPES[0]
    batch = common.images(8, shape)
    common.state_dict_round_trip(lambda: section.build(shape, OUTPUTS), lambda net: net(batch))
