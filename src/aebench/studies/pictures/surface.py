"""Paths of optimizers over a slice of an autoencoder's loss: a still and an animation.

The slice is a plane through the weights of a net, spanned by two directions. The optimizers descend
in its two coordinates from the same point, so that their paths lie wholly in it.
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.func import functional_call

from aebench.core.seeding import seeded
from aebench.data.pixels import to_float
from aebench.models.encoder_decoder import EncoderDecoder
from aebench.plots.style import save_figure
from aebench.plots.surface import Descents, animate, still
from aebench.studies.pictures.results import Results
from aebench.training.runs import Run

# Half the plane's width, in units of the directions; the finer grid costs its square.
REACH, POINTS = 1.5, 41
START = (-1.2, 1.0)
STEPS = 60
# Optimizers of two numbers; with these rates each moves visibly in STEPS steps.
OPTIMIZERS: dict[str, Callable[[list[nn.Parameter]], torch.optim.Optimizer]] = {
    "gradient descent": lambda p: torch.optim.SGD(p, lr=2e-3),
    "momentum": lambda p: torch.optim.SGD(p, lr=2e-3, momentum=0.9),
    "Nesterov": lambda p: torch.optim.SGD(p, lr=2e-3, momentum=0.9, nesterov=True),
    "Adagrad": lambda p: torch.optim.Adagrad(p, lr=0.3),
    "RMSProp": lambda p: torch.optim.RMSprop(p, lr=0.05),
    "Adam": lambda p: torch.optim.Adam(p, lr=0.1),
    "L-BFGS": lambda p: torch.optim.LBFGS(p, max_iter=1, line_search_fn="strong_wolfe"),
}


def surface(results: Results, path: Path) -> None:
    """Paths over the loss of the net with the lowest validation error; a still and a GIF."""
    runs = [
        outcome.trained[-1]
        for outcome in results.outcomes
        if outcome.status == "ok" and outcome.runs
    ]
    if not runs:
        return
    best = min(runs, key=lambda run: run.metrics["validation"]["sse_per_image"])
    descents = descend(best, results.prepared.part("train")[0][:500])
    save_figure(still(descents), path)
    animate(descents, path.with_suffix(".gif"))


class Slice:
    """The loss of `model` on `images` (N x C x H x W in [0, 1]) over a plane of its weights.

    The first direction runs from the untrained weights to the trained ones, so that the minimum is
    near (0, 0); the second is random, with the same norm in each layer.
    """

    def __init__(self, model: nn.Module, untrained: nn.Module, images: Tensor):
        self.model, self.images = model.eval().requires_grad_(False), images
        self.centre = {name: value.clone() for name, value in model.named_parameters()}
        with seeded("surface"):
            start = dict(untrained.named_parameters())
            along = {k: (v - start[k]).detach() for k, v in self.centre.items()}
            across = {k: torch.randn_like(v) for k, v in along.items()}
        self.along = along
        self.across = {
            k: v * along[k].norm() / v.norm().clamp(min=1e-12) for k, v in across.items()
        }

    def loss(self, at: Tensor) -> Tensor:
        """Squared error an image at the point (2,) of the plane."""
        weights = {
            name: value + at[0] * self.along[name] + at[1] * self.across[name]
            for name, value in self.centre.items()
        }
        rebuilt = functional_call(self.model, weights, (self.images,))
        return (rebuilt - self.images).square().flatten(1).sum(1).mean()

    def grid(self) -> tuple[np.ndarray, np.ndarray]:
        """Coordinates (POINTS,), and the loss at all pairs, POINTS x POINTS, rows upwards."""
        ticks = torch.linspace(-REACH, REACH, POINTS)
        with torch.no_grad():
            rows = [[self.loss(torch.stack([x, y])).item() for x in ticks] for y in ticks]
        return ticks.numpy(), np.array(rows)


class Reconstruction(nn.Module):
    """A module whose `forward` is the model's `reconstruct`."""

    def __init__(self, model: EncoderDecoder):
        super().__init__()
        self.model = model

    def forward(self, images: Tensor) -> Tensor:
        return self.model.reconstruct(images)


def paths(plane: Slice) -> dict[str, np.ndarray]:
    """The points of each optimizer, (STEPS + 1) x 2, from START."""
    lines = {}
    for name, build in OPTIMIZERS.items():
        point = nn.Parameter(torch.tensor(START))
        optimizer = build([point])
        closure = _closure(plane, point, optimizer)
        points = [point.detach().clone()]
        for _ in range(STEPS):
            optimizer.step(closure)
            points.append(point.detach().clone())
        lines[name] = torch.stack(points).numpy()
    return lines


def _closure(
    plane: Slice, point: nn.Parameter, optimizer: torch.optim.Optimizer
) -> Callable[[], float]:
    def closure() -> float:
        optimizer.zero_grad()
        loss = plane.loss(point)
        loss.backward()
        return loss.item()

    return closure


def descend(run: Run, images: np.ndarray) -> Descents:
    """The paths of all optimizers in a plane through a run's net; `images` are uint8."""
    with seeded(run.spec.seed, "initial weights"):
        untrained = run.spec.model.build(run.spec.image_shape)
    trained = run.model()
    # Studies with this picture are checked to have models that reconstruct.
    assert isinstance(trained, EncoderDecoder) and isinstance(untrained, EncoderDecoder)
    pixels = to_float(torch.from_numpy(images))
    plane = Slice(Reconstruction(trained), Reconstruction(untrained), pixels)
    return Descents(*plane.grid(), paths(plane))
