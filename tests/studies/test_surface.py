import numpy as np
import pytest
import torch

from aebench.models.stacked import StackedAutoencoder
from aebench.plots.surface import Descents, animate
from aebench.studies.pictures import surface
from aebench.studies.pictures.surface import OPTIMIZERS, START, STEPS, Reconstruction, Slice


@pytest.fixture(scope="module")
def images() -> torch.Tensor:
    return torch.rand(20, 1, 4, 4, generator=torch.Generator().manual_seed(0))


@pytest.fixture(scope="module")
def nets(images: torch.Tensor) -> tuple[StackedAutoencoder, StackedAutoencoder]:
    """The same net untrained and trained."""
    torch.manual_seed(0)
    untrained, trained = (StackedAutoencoder([1, 4, 4], [8, 3], "tanh") for _ in range(2))
    trained.load_state_dict(untrained.state_dict())
    optimizer = torch.optim.Adam(trained.parameters(), lr=0.03)
    for _ in range(150):
        optimizer.zero_grad()
        error(trained, images).backward()
        optimizer.step()
    return untrained, trained


@pytest.fixture
def plane(nets, images) -> Slice:
    untrained, trained = nets
    return Slice(Reconstruction(trained), Reconstruction(untrained), images)


def error(net: StackedAutoencoder, images: torch.Tensor) -> torch.Tensor:
    return (net.reconstruct(images) - images).square().flatten(1).sum(1).mean()


def test_the_slice_goes_through_the_trained_and_the_untrained_net(plane, nets, images) -> None:
    untrained, trained = nets
    here, there = torch.tensor([0.0, 0.0]), torch.tensor([-1.0, 0.0])
    torch.testing.assert_close(plane.loss(here), error(trained, images))
    torch.testing.assert_close(plane.loss(there), error(untrained, images))
    for name, along in plane.along.items():
        torch.testing.assert_close(plane.across[name].norm(), along.norm())


def test_the_grid_has_rows_upwards(plane, monkeypatch) -> None:
    monkeypatch.setattr(surface, "POINTS", 3)
    ticks, losses = plane.grid()
    assert ticks.tolist() == [-1.5, 0.0, 1.5]
    at = torch.tensor([ticks[2], ticks[0]])
    assert losses[0, 2] == pytest.approx(plane.loss(at).item(), rel=1e-6)


def test_every_method_descends_from_the_same_point(plane) -> None:
    lines = surface.paths(plane)
    assert list(lines) == list(OPTIMIZERS)
    for points in lines.values():
        assert points.shape == (STEPS + 1, 2)
        np.testing.assert_allclose(points[0], START)
        first, last = (plane.loss(torch.from_numpy(points[i])) for i in (0, -1))
        assert last < first


def test_the_animation_is_the_same_bytes_each_time(tmp_path) -> None:
    ticks = np.linspace(-1.5, 1.5, 5)
    losses = 1 + ticks[None] ** 2 + ticks[:, None] ** 2
    lines = {name: np.zeros((3, 2)) for name in OPTIMIZERS}
    for name in ("a.gif", "b.gif"):
        animate(Descents(ticks, losses, lines), tmp_path / name)
    assert (tmp_path / "a.gif").read_bytes() == (tmp_path / "b.gif").read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.gif", "b.gif"]
