import torch
from torch import nn
from torch.nn import functional as F

from aebench.nets import residual
from aebench.nets.residual import ResidualBlock
from aebench.nets.sections.residual import ResidualDecoder, ResidualEncoder


def config(kind: type = ResidualEncoder, **hyperparameters) -> ResidualEncoder | ResidualDecoder:
    return kind(**{"net": "residual", "channels": [4, 6], "unit": "silu"} | hyperparameters)


def test_a_block_adds_to_its_input_what_two_convolutions_make_of_it() -> None:
    torch.manual_seed(0)
    block = ResidualBlock(5, config())
    x = torch.randn(2, 5, 7, 4)
    first, second = (layer for layer in block.layers if isinstance(layer, nn.Conv2d))
    y = F.conv2d(F.silu(x), first.weight, first.bias, padding=1)
    y = F.conv2d(F.silu(y), second.weight, second.bias, padding=1)
    torch.testing.assert_close(block(x), x + y)


def test_the_identity_passes_through_however_deep_a_level_is() -> None:
    """What makes deep nets trainable: blocks of zeros change neither the map nor its gradient."""
    net = residual.encoder(config(channels=[4], blocks=20), (1, 6, 5), 3)
    for block in net.modules():
        if isinstance(block, ResidualBlock):
            for parameter in block.parameters():
                nn.init.zeros_(parameter)
    x = torch.rand(2, 1, 6, 5)
    first, halved = net.levels[0][0], net.levels[0][21]
    torch.testing.assert_close(net(x), net.dense(F.silu(halved(first(x))).flatten(1)))


def test_blocks_work_at_each_resolution_from_the_images_downwards_and_back() -> None:
    seen = []

    def note(module: nn.Module, inputs: tuple, output: torch.Tensor) -> None:
        seen.append(tuple(output.shape[1:]))

    encoder = residual.encoder(config(blocks=2), (3, 9, 6), 2)
    decoder = residual.decoder(config(ResidualDecoder, channels=[6, 4], blocks=2), 2, (3, 9, 6))
    for module in [*encoder.modules(), *decoder.modules()]:
        if isinstance(module, ResidualBlock):
            module.register_forward_hook(note)
    encoder(torch.rand(1, 3, 9, 6))
    assert seen == [(4, 9, 6)] * 2 + [(6, 5, 3)] * 2
    seen.clear()
    decoder(torch.rand(1, 2))
    assert seen == [(6, 3, 2)] * 2 + [(6, 5, 3)] * 2 + [(4, 9, 6)] * 2
