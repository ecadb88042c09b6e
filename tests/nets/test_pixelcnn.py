import itertools

import pytest
import torch

from aebench.models.config import PixelCNN as Config
from aebench.nets.pixelcnn import PixelCNN


def net(colours: int = 1, kernel: int = 3) -> PixelCNN:
    """Steeper than a fresh one, so that the pixels before matter."""
    torch.manual_seed(0)
    config = Config(name="pixelcnn", channels=5, blocks=3, unit="tanh", kernel=kernel)
    made = PixelCNN(colours, config).double()
    with torch.no_grad():
        for parameter in made.parameters():
            parameter.mul_(3)
    return made


def every_image(height: int, width: int) -> torch.Tensor:
    rows = list(itertools.product([0.0, 1.0], repeat=height * width))
    return torch.tensor(rows).double().reshape(-1, 1, height, width)


def probabilities(of: PixelCNN, images: torch.Tensor, given: torch.Tensor) -> torch.Tensor:
    logits = of(images, given.expand(len(images), -1, -1, -1))
    chances = torch.where(images == 1, logits.sigmoid(), (-logits).sigmoid())
    return chances.flatten(1).prod(1)


@pytest.mark.parametrize("kernel", [1, 3, 5])
@pytest.mark.parametrize("colours", [1, 2])
def test_a_pixel_depends_on_none_but_pixels_before_it(colours: int, kernel: int) -> None:
    made, (height, width) = net(colours, kernel), (5, 4)
    given = torch.randn(1, 5, height, width).double()
    image = torch.rand(1, colours, height, width).double()
    jacobian = torch.autograd.functional.jacobian(lambda x: made(x, given).sum(1), image)
    seen = (jacobian[0, :, :, 0] != 0).any(2).reshape(height * width, height * width)
    before = torch.ones(height * width, height * width).tril(-1).bool()
    assert not (seen & ~before).any()
    if kernel == 1:
        assert not seen.any()
    else:
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
@pytest.mark.parametrize("kernel", [1, 3, 5])
def test_a_row_depends_on_no_more_than_its_reach(kernel: int) -> None:
    made, image = net(kernel=kernel), torch.rand(1, 1, 12, 3).double()
    given = torch.randn(1, 5, 12, 3).double()
    last, reach = made(image, given)[..., -1, :], made.reach
    near = made(image[..., 11 - reach :, :], given[..., 11 - reach :, :])[..., -1, :]
    assert torch.allclose(near, last, rtol=1e-12)
    if kernel > 1:
        nearer = made(image[..., 12 - reach :, :], given[..., 12 - reach :, :])[..., -1, :]
        assert not torch.allclose(nearer, last, rtol=1e-12)


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
