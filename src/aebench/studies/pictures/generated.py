"""Pictures of what models generate, and of their latent spaces; of the first seed of each."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from matplotlib.figure import Figure

from aebench.core.seeding import seeded
from aebench.data.scaling import to_unit_range
from aebench.experiments.cell import Levels, format_levels
from aebench.experiments.outcome import Outcome
from aebench.measures.sections.generation import IMAGE_SETS, SHOWN
from aebench.plots.figures import INK, image_rows, save_figure, show
from aebench.plots.latent import normal_grid, principal_plane, scatter_by_class, tiled
from aebench.studies.grid import variants
from aebench.studies.pictures.kept import Arrays, arrays_at
from aebench.studies.pictures.panels import Results

ROWS = list(IMAGE_SETS)[:-1]
SIDE = 12
STEPS = np.linspace(-2.5, 2.5, SHOWN)
DIMENSIONS = 5
DRAWN = 14


def samples(results: Results, path: Path) -> None:
    """Test images, and what each model makes, a row a way; at the last levels of other axes."""
    rows, names = [], []
    for label, _, arrays in _at_the_last(results, "generation"):
        if not rows:
            rows, names = [arrays["test"]], ["test images"]
        rows += [arrays[way] for way in ROWS]
        names += [f"{label}, {way.replace('_', ' ')}" for way in ROWS]
    if rows:
        save_figure(image_rows(rows, names, size=0.55), path)


def from_prior(results: Results, path: Path) -> None:
    """Test images, and what the first seed at each place decodes of draws from its prior."""
    rows, names = [results.prepared.part("test")[0][:DRAWN]], ["test images"]
    for place in variants(results.study):
        if there := results.done(place):
            model = there[0].trained[-1].model()
            with torch.no_grad(), seeded("from the prior"):
                rows.append(model.sample(DRAWN).numpy())
            names.append(format_levels(place))
    if len(rows) > 1:
        save_figure(image_rows(rows, names, size=0.55), path)


def by_class(results: Results, path: Path) -> None:
    """What each model draws of each class, a row a class; of the first seed."""
    rows, names = [], []
    for place, _, arrays in _first_seeds(results, "conditional"):
        rows += list(to_unit_range(arrays["made"]))
        names += [f"{', '.join(place.values())}, {name}" for name in results.prepared.classes]
    if rows:
        save_figure(image_rows(rows, names, size=0.45), path)


def maps(results: Results, path: Path) -> None:
    """Codes of test images by class; of more than two numbers their two principal components."""
    found = list(_first_seeds(results, "latents"))
    if not found:
        return
    across = min(4, len(found))
    down = -(-len(found) // across)
    figure = Figure(figsize=(2.9 * across, 2.9 * down), layout="constrained")
    grid = figure.subplots(down, across, squeeze=False)
    for axes in grid.flat[len(found) :]:
        axes.set_axis_off()
    labels, classes = results.prepared.part("test")[1], results.prepared.classes
    for axes, (place, _, arrays) in zip(grid.flat, found, strict=False):
        codes = arrays["codes"]
        points = codes if codes.shape[1] == 2 else principal_plane(codes)
        handles = scatter_by_class(axes, points, labels, classes, size=2)
        axes.set_title(format_levels(place), fontsize=8, color=INK)
        axes.tick_params(labelsize=6)
        axes.set_aspect("equal", "datalim")
    figure.legend(handles=handles, loc="outside right center", fontsize=8, frameon=False)
    save_figure(figure, path)


def latent_grid(results: Results, path: Path) -> None:
    """What each model with two latents decodes on a grid, after fig. 4 of Kingma & Welling 2014.

    Evenly spaced in the probability of the Gaussian with the mean and deviations of its codes.
    """
    found = [
        (place, outcome, codes)
        for place, outcome, arrays in _first_seeds(results, "latents")
        if (codes := arrays["codes"]).shape[1] == 2
    ]
    if not found:
        return
    figure = Figure(figsize=(3.4 * len(found), 3.6), layout="constrained")
    panels = figure.subplots(1, len(found), squeeze=False)[0]
    points = normal_grid(SIDE)
    for axes, (place, outcome, codes) in zip(panels, found, strict=True):
        images = _decoded(outcome, codes.mean(0) + points * codes.std(0))
        show(axes, tiled(images, SIDE))
        axes.set_title(format_levels(place), fontsize=9, color=INK)
    save_figure(figure, path)


def traversals(results: Results, path: Path) -> None:
    """What a latent changes: the first test image, one number of its code moved at a time.

    From 2.5 standard deviations of that number's values over images below their mean to as many
    above; of each model the numbers that vary most, at the last levels of the other axes.
    """
    rows, names = [], []
    for label, outcome, arrays in _at_the_last(results, "latents"):
        codes = arrays["codes"]
        mean, deviation = codes.mean(0), codes.std(0)
        for number in np.argsort(-deviation, kind="stable")[:DIMENSIONS]:
            moved = np.repeat(codes[:1], len(STEPS), 0)
            moved[:, number] = mean[number] + STEPS * deviation[number]
            rows.append(_decoded(outcome, moved))
            names.append(f"{label}, latent {number + 1}")
    if rows:
        save_figure(image_rows(rows, names, size=0.55), path)


def _first_seeds(results: Results, measure: str) -> Iterator[tuple[Levels, Outcome, Arrays]]:
    """The first result at each place of the grid that has one, and what `measure` kept of it."""
    for place in variants(results.study):
        if (there := results.done(place)) and (arrays := arrays_at(results, measure, place)):
            yield place, there[0], arrays


def _at_the_last(results: Results, measure: str) -> Iterator[tuple[str, Outcome, Arrays]]:
    """Of each level of the first axis the last such."""
    first = next(iter(results.study.axes))
    last = {place[first]: kept for place, *kept in _first_seeds(results, measure)}
    yield from ((label, *kept) for label, kept in last.items())


@torch.no_grad()
def _decoded(outcome: Outcome, codes: np.ndarray) -> np.ndarray:
    return outcome.trained[-1].model().decode(torch.from_numpy(codes).float()).numpy()
