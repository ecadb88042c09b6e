import pytest
import torch

from aebench.training.batches import Batches, ChunkedBatches

IMAGES = torch.arange(25, dtype=torch.uint8).reshape(25, 1, 1, 1)


def orders(batch_size: int, seed: int, epochs: int, count: int = 25) -> list[list[int]]:
    """The images that each epoch's batches hold, in their order."""
    now = 0
    batches = ChunkedBatches(IMAGES[:count], batch_size, seed, epoch=lambda: now)
    seen = []
    for now in range(epochs):  # noqa: B007 - the batches read it
        parts = list(batches)
        assert len(parts) == len(batches)
        assert sum(map(len, parts)) == batches.updates
        assert all(part.shape[1] == min(batch_size, count) for part in parts)
        seen.append(torch.cat(parts).int().flatten().tolist())
    return seen


def test_an_epoch_is_a_permutation_another_one_each_time() -> None:
    seen = orders(batch_size=5, seed=0, epochs=4)
    assert all(sorted(order) == list(range(25)) for order in seen)
    assert len({tuple(order) for order in seen}) == 4
    assert sorted(seen[0]) != seen[0]


def test_the_order_follows_from_seed_and_epoch_alone() -> None:
    torch.manual_seed(0)
    first = orders(5, seed=3, epochs=4)
    torch.manual_seed(1)
    state = torch.get_rng_state()
    assert orders(5, seed=3, epochs=4) == first
    assert orders(5, seed=4, epochs=4) != first
    assert torch.equal(torch.get_rng_state(), state)


@pytest.mark.parametrize(
    ("batch_size", "count", "used"),
    [(2, 25, 24), (10, 25, 20), (7, 25, 21), (25, 25, 25), (100, 25, 25)],
)
def test_the_ragged_rest_is_left_out_another_one_each_epoch(
    batch_size: int, count: int, used: int
) -> None:
    seen = orders(batch_size, seed=0, epochs=30, count=count)
    assert all(len(order) == len(set(order)) == used for order in seen)
    assert set().union(*seen) == set(range(count))


@pytest.mark.parametrize("batch_size", [1, 10, 25, 100])
def test_passes_without_learning_see_everything_in_order(batch_size: int) -> None:
    batches = Batches(IMAGES, batch_size)
    parts = list(batches)
    assert len(parts) == len(batches)
    torch.testing.assert_close(torch.cat(parts), IMAGES / 255)


def test_codes_are_passed_on_as_they_are() -> None:
    codes = torch.randn(4, 3)
    (batch,) = Batches(codes, 10)
    assert torch.equal(batch, codes)
