import itertools

import pytest
import torch

from aebench.models.conditional import ConditionalVAE

HIDDEN = {"widths": [8], "unit": "tanh"}
CONV = {"net": "conv", "channels": [4], "unit": "tanh"}


def model(shape: list[int], net: dict = HIDDEN) -> ConditionalVAE:
    torch.manual_seed(0)
    made = ConditionalVAE(shape, 3, 2, net, net)
    with torch.no_grad():
        for parameter in made.decoder.parameters():
            parameter.mul_(3)
    return made


@pytest.mark.parametrize("label", [0, 1, 2])
def test_the_probabilities_of_all_images_with_a_label_sum_to_one(label: int) -> None:
    images = torch.tensor(list(itertools.product([0.0, 1.0], repeat=4))).reshape(16, 1, 1, 4)
    given = model([1, 1, 4]).given(torch.full((16,), label))
    torch.manual_seed(1)
    total = given.log_likelihood(images, 20_000).double().exp().sum()
    assert total.item() == pytest.approx(1, abs=0.02)


@pytest.mark.parametrize("net", [HIDDEN, CONV], ids=["dense", "conv"])
def test_every_image_is_seen_with_its_own_label(net: dict) -> None:
    made = model([2, 5, 4], net)
    images, labels = torch.rand(6, 2, 5, 4), torch.tensor([0, 1, 2, 2, 1, 0])
    z = torch.randn(7, 6, 2)
    whole = made.given(labels)
    logits, codes = whole.decode_logits(z), whole.encode(images)
    for n in range(6):
        alone = made.given(labels[n : n + 1])
        torch.testing.assert_close(alone.encode(images[n : n + 1]), codes[n : n + 1])
        torch.testing.assert_close(alone.decode_logits(z[:, n : n + 1]), logits[:, n : n + 1])
    other = made.given((labels + 1) % 3)
    assert not torch.allclose(other.encode(images), codes)
    assert not torch.allclose(other.decode_logits(z), logits)


def test_it_samples_an_image_for_each_label() -> None:
    made = model([1, 3, 4])
    assert made.sample(torch.tensor([0, 2, 2, 1])).shape == (4, 1, 3, 4)
    torch.manual_seed(0)
    zeros = made.sample(torch.zeros(500, dtype=torch.int64)).mean(0)
    ones = made.sample(torch.ones(500, dtype=torch.int64)).mean(0)
    assert (zeros - ones).abs().max() > 0.05


def test_what_it_learns_is_its_own_parameters() -> None:
    made = model([1, 3, 4])
    given, kl = made.given(torch.tensor([0, 1])).elbo_terms(torch.rand(2, 1, 3, 4), 3)
    (kl.sum() - given.sum()).backward()
    assert all(p.grad.abs().sum() > 0 for p in made.parameters())
    halves = {name.split(".")[0] for name in made.state_dict()}
    assert halves == {"encoder", "decoder"}
