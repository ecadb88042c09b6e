import pytest
import torch

from aebench.training import batches as module
from aebench.training.batches import Batches, ChunkedBatches
from aebench.training.config import Order

IMAGES = torch.arange(25, dtype=torch.uint8).reshape(25, 1, 1, 1)
ORDERS = pytest.mark.parametrize("order", ["full", "blocks"])


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of two images, three at a time."""
    monkeypatch.setattr(module, "BLOCK_BYTES", 2)
    monkeypatch.setattr(module, "BLOCKS", 3)


def orders(
    batch_size: int, seed: int, epochs: int, count: int = 25, order: Order = "full"
) -> list[list[int]]:
    """The images that each epoch's batches hold, in their order."""
    now = 0
    batches = ChunkedBatches(IMAGES[:count], batch_size, seed, lambda: now, order)
    seen = []
    for now in range(epochs):  # noqa: B007 - the batches read it
        parts = list(batches)
        assert len(parts) == len(batches)
        assert sum(map(len, parts)) == batches.updates
        assert all(part.shape[1] == min(batch_size, count) for part in parts)
        seen.append(torch.cat(parts).int().flatten().tolist())
    return seen


@ORDERS
def test_an_epoch_is_a_permutation_another_one_each_time(order: Order) -> None:
    seen = orders(batch_size=5, seed=0, epochs=4, order=order)
    assert all(sorted(order) == list(range(25)) for order in seen)
    assert len({tuple(order) for order in seen}) == 4
    assert sorted(seen[0]) != seen[0]


@ORDERS
def test_the_order_follows_from_seed_and_epoch_alone(order: Order) -> None:
    torch.manual_seed(0)
    first = orders(5, seed=3, epochs=4, order=order)
    torch.manual_seed(1)
    state = torch.get_rng_state()
    assert orders(5, seed=3, epochs=4, order=order) == first
    assert orders(5, seed=4, epochs=4, order=order) != first
    assert torch.equal(torch.get_rng_state(), state)


@pytest.mark.parametrize(
    ("batch_size", "count", "used"),
    [(2, 25, 24), (10, 25, 20), (7, 25, 21), (25, 25, 25), (100, 25, 25)],
)
@ORDERS
def test_the_ragged_rest_is_left_out_another_one_each_epoch(
    batch_size: int, count: int, used: int, order: Order
) -> None:
    seen = orders(batch_size, seed=0, epochs=30, count=count, order=order)
    assert all(len(order) == len(set(order)) == used for order in seen)
    assert set().union(*seen) == set(range(count))


def test_blocks_of_neighbours_are_shuffled_and_groups_of_them() -> None:
    """Three blocks of two images are in memory at a time."""
    images = range(25)
    blocks = [set(images[start : start + 2]) for start in range(0, 25, 2)]
    for order in orders(1, seed=0, epochs=5, order="blocks"):
        assert order not in (sorted(order), sorted(order, reverse=True))
        place = {image: at for at, image in enumerate(order)}
        for block in blocks:
            places = [place[image] for image in block]
            assert max(places) - min(places) < 6
    firsts = {order[0] // 2 for order in orders(1, seed=0, epochs=60, order="blocks")}
    assert firsts == set(range(13))


def test_chunks_of_large_images_are_short(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = orders(batch_size=2, seed=0, epochs=2)
    monkeypatch.setattr(module, "CHUNK_BYTES", 7)
    assert orders(batch_size=2, seed=0, epochs=2) == whole
    batches = ChunkedBatches(IMAGES, 2, 0, lambda: 0)
    assert [len(chunk) for chunk in batches] == [3, 3, 3, 3]


@pytest.mark.parametrize(("side", "parts"), [(1, 1), (1280, 3), (5120, 25)])
def test_passes_without_learning_see_everything_in_order(side: int, parts: int) -> None:
    batches = Batches(IMAGES.expand(25, 1, side, side))
    assert len(batches) == parts
    seen = [part[:, :, :1, :1] for part in batches]
    torch.testing.assert_close(torch.cat(seen), IMAGES / 255)


def test_codes_are_passed_on_as_they_are() -> None:
    codes = torch.randn(4, 3)
    (batch,) = Batches(codes)
    assert torch.equal(batch, codes)
