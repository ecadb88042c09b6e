"""The methods' paths over a slice of an autoencoder's loss: a still and an animation.

The slice is true: a plane through the weights of a net, spanned by two directions. The methods
descend in its two coordinates, so their paths lie in it whole, and start at the same point.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from torch import Tensor, nn
from torch.func import functional_call

from aebench.core.files import atomic_write
from aebench.core.seeding import seeded
from aebench.data.pixels import to_float
from aebench.plots.figures import COLOURS, INK
from aebench.training.runs import Run

# Half the plane's width, in units of the directions; the finer grid costs its square.
REACH, POINTS = 1.5, 41
START = (-1.2, 1.0)
STEPS = 60
# By name: an optimizer of two numbers. The rates are such that each moves visibly in STEPS steps.
METHODS: dict[str, Callable[[list[nn.Parameter]], torch.optim.Optimizer]] = {
    "gradient descent": lambda p: torch.optim.SGD(p, lr=2e-3),
    "momentum": lambda p: torch.optim.SGD(p, lr=2e-3, momentum=0.9),
    "Nesterov": lambda p: torch.optim.SGD(p, lr=2e-3, momentum=0.9, nesterov=True),
    "Adagrad": lambda p: torch.optim.Adagrad(p, lr=0.3),
    "RMSProp": lambda p: torch.optim.RMSprop(p, lr=0.05),
    "Adam": lambda p: torch.optim.Adam(p, lr=0.1),
    "L-BFGS": lambda p: torch.optim.LBFGS(p, max_iter=1, line_search_fn="strong_wolfe"),
}


class Slice:
    """The loss of `model` on `images` (N x C x H x W in [0, 1]) over a plane of its weights.

    The first direction runs to the model's weights from those it has where it is untrained, so that
    its minimum is near (0, 0); the second one is random, of the same length in each layer.
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
        """The coordinates (POINTS,), and the loss at each pair of them, rows upwards."""
        ticks = torch.linspace(-REACH, REACH, POINTS)
        with torch.no_grad():
            rows = [[self.loss(torch.stack([x, y])).item() for x in ticks] for y in ticks]
        return ticks.numpy(), np.array(rows)


class Reconstructs(nn.Module):
    """Calls `reconstruct`, which is what is sliced."""

    def __init__(self, model: nn.Module):
        super().__init__()
        self.model = model

    def forward(self, images: Tensor) -> Tensor:
        return self.model.reconstruct(images)


def paths(plane: Slice) -> dict[str, np.ndarray]:
    """Each method's points, (STEPS + 1) x 2, from START."""
    found = {}
    for name, build in METHODS.items():
        at = nn.Parameter(torch.tensor(START))
        optimizer = build([at])

        def closure(at: Tensor = at, optimizer: Any = optimizer) -> Tensor:
            optimizer.zero_grad()
            loss = plane.loss(at)
            loss.backward()
            return loss

        points = [at.detach().clone()]
        for _ in range(STEPS):
            optimizer.step(closure)
            points.append(at.detach().clone())
        found[name] = torch.stack(points).numpy()
    return found


@dataclass(frozen=True)
class Descents:
    """The plane's loss at pairs of `ticks`, and each method's path in it."""

    ticks: np.ndarray
    losses: np.ndarray
    lines: dict[str, np.ndarray]


def descend(run: Run, images: np.ndarray) -> Descents:
    """All methods in the plane of a finished run's net, on uint8 images."""
    with seeded(run.spec.seed, "initial weights"):
        untrained = Reconstructs(run.spec.model.build(run.spec.image_shape))
    plane = Slice(Reconstructs(run.model()), untrained, to_float(torch.from_numpy(images)))
    return Descents(*plane.grid(), paths(plane))


def still(descents: Descents) -> Figure:
    """The whole paths."""
    figure, lines = _drawing(descents)
    for line, points in zip(lines, descents.lines.values(), strict=True):
        line.set_data(*points.T)
    return figure


def animate(descents: Descents, path: Path) -> None:
    """The same, step by step, as a GIF."""
    from matplotlib.animation import FuncAnimation, PillowWriter
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    figure, lines = _drawing(descents)
    FigureCanvasAgg(figure)

    def frame(step: int) -> list[Line2D]:
        for line, points in zip(lines, descents.lines.values(), strict=True):
            line.set_data(*points[: step + 1].T)
        return lines

    with atomic_write(path) as temporary:
        renamed = temporary.with_suffix(".gif")
        FuncAnimation(figure, frame, frames=STEPS + 1).save(renamed, PillowWriter(fps=10), dpi=70)
        renamed.replace(temporary)


def _drawing(descents: Descents) -> tuple[Figure, list[Line2D]]:
    """The surface with a line a method on it, each still empty."""
    figure = Figure(figsize=(6.4, 5.4), layout="constrained")
    axes = figure.subplots()
    ticks, losses = descents.ticks, descents.losses
    levels = np.geomspace(losses.min(), losses.max(), 24)
    axes.contourf(ticks, ticks, losses, levels=levels, cmap="Greys", alpha=0.7)
    axes.contour(ticks, ticks, losses, levels=levels, colors=INK, linewidths=0.3)
    axes.plot(*START, "*", color=INK, markersize=10)
    lines = [
        axes.plot([], [], "-o", color=colour, linewidth=1.4, markevery=[-1], label=name)[0]
        for name, colour in zip(descents.lines, COLOURS, strict=True)
    ]
    axes.set_xlim(-REACH, REACH)
    axes.set_ylim(-REACH, REACH)
    axes.set_xlabel("from the untrained net towards the trained one, at (0, 0)", fontsize=9)
    axes.set_ylabel("a random direction", fontsize=9)
    axes.legend(fontsize=8, loc="lower right")
    return figure, lines
