import itertools

import pytest
import torch

from aebench.models.pixelcnn import Block, ConditionalPixelCNN
from aebench.models.sections.vae import PixelCNN
from aebench.models.vae import VAE


def net(colours: int = 1, kernel: int = 3) -> ConditionalPixelCNN:
    """Steeper than a fresh one, so that the pixels before matter."""
    torch.manual_seed(0)
    config = PixelCNN(name="pixelcnn", channels=5, blocks=3, unit="tanh", kernel=kernel)
    made = ConditionalPixelCNN(colours, config).double()
    with torch.no_grad():
        for parameter in made.parameters():
            parameter.mul_(3)
    return made


def every_image(height: int, width: int) -> torch.Tensor:
    rows = list(itertools.product([0.0, 1.0], repeat=height * width))
    return torch.tensor(rows).double().reshape(-1, 1, height, width)


def probabilities(
    of: ConditionalPixelCNN, images: torch.Tensor, given: torch.Tensor
) -> torch.Tensor:
    logits = of(images, given.expand(len(images), -1, -1, -1))
    chances = torch.where(images == 1, logits.sigmoid(), (-logits).sigmoid())
    return chances.flatten(1).prod(1)


@pytest.mark.parametrize("kernel", [3, 5])
@pytest.mark.parametrize("colours", [1, 2])
def test_a_pixel_depends_on_none_but_pixels_before_it(colours: int, kernel: int) -> None:
    made, (height, width) = net(colours, kernel), (5, 4)
    given = torch.randn(1, 5, height, width).double()
    image = torch.rand(1, colours, height, width).double()
    jacobian = torch.autograd.functional.jacobian(lambda x: made(x, given).sum(1), image)
    seen = (jacobian[0, :, :, 0] != 0).any(2).reshape(height * width, height * width)
    before = torch.ones(height * width, height * width).tril(-1).bool()
    assert not (seen & ~before).any()
    nearest = [(i, i - 1) for i in range(1, height * width) if i % width]
    above = [(i, i - width) for i in range(width, height * width)]
    assert all(seen[i, j] for i, j in nearest + above)


def test_deeper_nets_see_farther() -> None:
    image, given = torch.rand(1, 1, 1, 9).double(), torch.zeros(1, 5, 1, 9).double()
    jacobian = torch.autograd.functional.jacobian(lambda x: net()(x, given), image)
    # One pixel by the first layer and one by each of three blocks.
    assert (jacobian.reshape(9, 9)[8] != 0).tolist() == [False] * 4 + [True] * 4 + [False]


def test_what_is_given_of_a_pixel_reaches_it() -> None:
    image, given = torch.rand(1, 1, 2, 3).double(), torch.randn(1, 5, 2, 3).double()
    jacobian = torch.autograd.functional.jacobian(lambda g: net()(image, g), given)
    seen = (jacobian[0, 0, :, :, 0] != 0).any(2).reshape(6, 6)
    assert seen.diagonal().all()
    assert not seen.triu(1).any()


@torch.no_grad()
def test_what_is_out_of_reach_is_rightly_left_out_of_a_draw() -> None:
    made, given = net(colours=2), torch.randn(3, 5, 9, 11).double()
    torch.manual_seed(0)
    expected = torch.zeros(3, 2, 9, 11).double()
    for row, column in itertools.product(range(9), range(11)):
        logits = made(expected, given)[..., row, column]
        expected[..., row, column] = torch.bernoulli(logits.float().sigmoid()).double()
    torch.manual_seed(0)
    assert torch.equal(made.draw(given), expected.float())


def test_a_block_adds_to_what_it_is_given() -> None:
    block = Block(PixelCNN(name="pixelcnn", channels=5, blocks=1, unit="tanh"))
    for parameter in block.layers[-1].parameters():
        torch.nn.init.zeros_(parameter)
    x = torch.randn(2, 5, 3, 4)
    assert torch.equal(block(x), x)


@torch.no_grad()
def test_probabilities_sum_to_one() -> None:
    total = probabilities(net(), every_image(2, 3), torch.randn(1, 5, 2, 3).double()).sum()
    torch.testing.assert_close(total, torch.ones((), dtype=torch.float64))


@torch.no_grad()
def test_drawn_images_are_as_frequent_as_they_are_probable() -> None:
    made, given, count = net(), torch.randn(1, 5, 2, 2).double(), 20_000
    expected = probabilities(made, every_image(2, 2), given)
    # Far from alike, or any draw would do.
    assert expected.max() > 4 * expected.median()
    drawn = made.draw(given.expand(count, -1, -1, -1)).flatten(1)
    places = (drawn @ torch.tensor([8.0, 4.0, 2.0, 1.0])).long()
    observed = torch.bincount(places, minlength=16) / count
    spread = (expected * (1 - expected) / count).sqrt()
    assert ((observed - expected).abs() < 5 * spread + 1e-9).all()


@torch.no_grad()
def test_each_draw_of_the_code_has_its_own_maps() -> None:
    made, images = net(), every_image(2, 2)[3:6]
    given = torch.randn(4, 3, 5, 2, 2).double()
    whole = made(images, given)
    for k in range(4):
        torch.testing.assert_close(whole[k], made(images, given[k]))


def vae() -> VAE:
    torch.manual_seed(0)
    hidden = {"widths": [8], "unit": "tanh"}
    pixels = PixelCNN(name="pixelcnn", channels=5, blocks=1, unit="tanh")
    model = VAE([1, 2, 3], 2, hidden, hidden, pixels=pixels).double()
    with torch.no_grad():
        for parameter in model.pixels.parameters():
            parameter.mul_(3)
    return model


@torch.no_grad()
def test_a_vae_with_it_gives_all_images_a_probability_of_one_but_pixels_depend() -> None:
    model, images = vae(), every_image(2, 3)
    z = torch.randn(1, 2).double().expand(len(images), -1)
    log_p = model.log_likelihood_given(images, z)
    torch.testing.assert_close(log_p.exp().sum().item(), 1.0, rtol=1e-6, atol=0)
    # Of independent pixels it would be the sum of what the two ends say.
    ends, others = log_p[0] + log_p[-1], log_p[1] + log_p[-2]
    assert abs(ends - others) > 1e-3


@torch.no_grad()
def test_a_vae_with_it_decodes_to_drawn_images_the_same_each_time() -> None:
    model, codes = vae(), torch.randn(4, 3, 2).double()
    images = model.decode(codes)
    assert images.shape == (4, 3, 1, 2, 3)
    assert set(images.unique().tolist()) == {0.0, 1.0}
    assert torch.equal(model.decode(codes), images)


@torch.no_grad()
def test_samples_of_a_vae_with_it_are_as_frequent_as_its_images_are_probable() -> None:
    model, count = vae(), 20_000
    images = every_image(2, 3)
    z = torch.randn(4000, 1, 2).double().expand(-1, len(images), -1)
    expected = model.log_likelihood_given(images, z).exp().mean(0)
    model.float()
    drawn = model.sample(count).flatten(1)
    places = (drawn @ 2.0 ** torch.arange(5, -1, -1)).long()
    observed = torch.bincount(places, minlength=64) / count
    spread = (expected * (1 - expected) * (1 / count + 1 / 4000)).sqrt()
    assert ((observed - expected).abs() < 5 * spread + 1e-9).all()
