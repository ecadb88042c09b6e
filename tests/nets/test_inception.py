import pytest
import torch
from torch.nn import functional as F

from aebench.nets import inception, parameters
from aebench.nets.inception import InceptionBlock
from aebench.nets.sections.inception import InceptionDecoder, InceptionEncoder

FORMS = ["no", "smaller", "asymmetric"]
EVERY_FORM = pytest.mark.parametrize("factorized", FORMS)


def config(**hyperparameters) -> InceptionDecoder:
    return InceptionDecoder(
        **{"net": "inception", "channels": [16], "unit": "relu"} | hyperparameters
    )


def convolutions(branch: torch.nn.Module) -> list[torch.nn.Conv2d]:
    return [module for module in branch.modules() if isinstance(module, torch.nn.Conv2d)]


def test_a_block_is_its_four_branches_one_beside_the_other() -> None:
    block = InceptionBlock(3, 32, config())
    x = torch.randn(2, 3, 7, 5)
    parts = []
    for branch, windows in zip(block.branches, [[1], [1, 3], [1, 5], [1]], strict=True):
        # Zeros around the image would be larger than some of its pixels.
        y = x if branch is not block.branches[3] else F.max_pool2d(pad(x), 3, stride=1)
        for layer, window in zip(convolutions(branch), windows, strict=True):
            assert layer.kernel_size == (window, window)
            y = F.conv2d(y, layer.weight, layer.bias, padding=window // 2).relu()
        parts.append(y)
    assert [part.shape[1] for part in parts] == [8, 16, 4, 4]
    torch.testing.assert_close(block(x), torch.cat(parts, 1))


def pad(x: torch.Tensor) -> torch.Tensor:
    return F.pad(x, (1, 1, 1, 1), value=-torch.inf)


def test_the_shares_are_those_of_googlenets_first_block() -> None:
    """Szegedy et al. 2015, table 1: block 3a has 159 K weights (of 1024), from 192 channels."""
    block = InceptionBlock(192, 256, config())
    weights = sum(layer.weight.numel() for layer in convolutions(block))
    assert weights // 1024 == 159


@EVERY_FORM
def test_every_form_sees_5_x_5_pixels(factorized: str) -> None:
    torch.manual_seed(0)
    block = InceptionBlock(1, 64, config(factorized=factorized, unit="tanh"))
    x = torch.randn(1, 1, 11, 11, requires_grad=True)
    block(x)[0, :, 5, 5].sum().backward()
    expected = torch.zeros(11, 11, dtype=torch.bool)
    expected[3:8, 3:8] = True
    assert torch.equal(x.grad[0, 0] != 0, expected)


def test_factorized_forms_have_fewer_weights() -> None:
    """Of 5 x 5 from r to 2 r channels: 50 r^2 weights, as two of 3 x 3 27 r^2, and so on."""
    weights = {}
    for form in FORMS:
        block = InceptionBlock(48, 64, config(factorized=form))
        weights[form] = [
            sum(layer.weight.numel() for layer in convolutions(branch)[1:])
            for branch in block.branches
        ]
    r, s = 24, 4
    assert weights["no"] == [0, 9 * r * 32, 50 * s**2, 0]
    assert weights["smaller"] == [0, 9 * r * 32, (9 + 18) * s**2, 0]
    assert weights["asymmetric"] == [0, 3 * r * r + 3 * r * 32, (3 + 3 + 3 + 6) * s**2, 0]


def test_encoder_and_decoder_are_mirror_images() -> None:
    down = InceptionEncoder(net="inception", channels=[16, 32], unit="relu")
    encoder = inception.encoder(down, (1, 10, 7), 2)
    decoder = inception.decoder(config(channels=[32, 16]), 2, (1, 10, 7))
    x, y = torch.rand(4, 1, 10, 7), decoder.after(decoder.dense(torch.rand(4, 2)).view(4, 32, 3, 2))
    sizes = [x.shape[1:]]
    for level in encoder.levels:
        x = level(x)
        sizes.append(x.shape[1:])
    mirrored = [y.shape[1:]]
    for level in decoder.levels:
        y = level(y)
        mirrored.append(y.shape[1:])
    assert sizes == mirrored[::-1] == [(1, 10, 7), (16, 5, 4), (32, 3, 2)]


def test_parameters_are_counted() -> None:
    assert parameters(torch.nn.Linear(5, 3)) == 18
