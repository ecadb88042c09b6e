"""What models generate, and their latent spaces; of the first seed of each."""

from pathlib import Path

import numpy as np
import torch
from matplotlib.figure import Figure

from aebench.core.seeding import seeded
from aebench.data.scaling import to_unit_range
from aebench.experiments.cell import format_levels
from aebench.experiments.outcome import Outcome
from aebench.measures.sections.generation import IMAGE_SETS, SHOWN
from aebench.plots.codes import latent_maps, principal_plane
from aebench.plots.images import image_rows, normal_grid, show, tiled
from aebench.plots.labels import short_labels
from aebench.plots.style import INK, save_figure
from aebench.studies.grid import variants
from aebench.studies.pictures.results import Arrays, Results

ROWS = list(IMAGE_SETS)[:-1]
# What rows are of whose names say too little.
CODES_OF = {
    "standard": "codes of N(0, I)",
    "gaussian": "codes of their Gaussian",
    "mixture": "codes of their mixture of Gaussians",
}
SIDE = 12
# Standard deviations from the mean, of a traversed latent.
STEPS = np.linspace(-2.5, 2.5, SHOWN)
TRAVERSED = 5
SAMPLES = 14


def samples(results: Results, path: Path) -> None:
    """Test images, and what each model generates, a row a way; at the last levels of other axes."""
    rows: list[np.ndarray] = []
    names: list[str] = []
    for label, _, arrays in _at_the_last(results, "generation"):
        if not rows:
            rows, names = [arrays["test"]], ["test images"]
        rows += [arrays[way] for way in ROWS]
        names += [f"{label}, {CODES_OF.get(way, way.replace('_', ' '))}" for way in ROWS]
    if rows:
        save_figure(image_rows(rows, names, size=0.55), path)


def from_prior(results: Results, path: Path) -> None:
    """Test images, and what the first seed at each place decodes of samples from its prior."""
    rows, names = [results.prepared.part("test")[0][:SAMPLES]], ["test images"]
    for place in variants(results.study):
        if outcomes := results.finished(place):
            model = outcomes[0].trained[-1].model()
            with torch.no_grad(), seeded("from the prior"):
                rows.append(model.sample(SAMPLES).numpy())
            names.append(format_levels(place))
    if len(rows) > 1:
        save_figure(image_rows(rows, names, size=0.55), path)


def by_class(results: Results, path: Path) -> None:
    """What each model generates of each class, a row a class."""
    rows: list[np.ndarray] = []
    names: list[str] = []
    classes = results.prepared.classes
    shown = short_labels(classes, "class")
    for place, _, arrays in results.first_seeds("conditional"):
        rows += list(to_unit_range(arrays["made"]))
        names += [f"{', '.join(place.values())}, {shown[name]}" for name in classes]
    if rows:
        save_figure(image_rows(rows, names, size=0.45), path)


def code_maps(results: Results, path: Path) -> None:
    """Codes of test images by class; of more than two dimensions their principal components."""
    points = {}
    for place, _, arrays in results.first_seeds("latents"):
        codes = arrays["codes"]
        points[format_levels(place)] = codes if codes.shape[1] == 2 else principal_plane(codes)
    if points:
        labels = results.prepared.part("test")[1]
        save_figure(latent_maps(points, labels, results.prepared.classes), path)


def latent_grid(results: Results, path: Path) -> None:
    """What each model with two latents decodes on a grid, after fig. 4 of Kingma & Welling 2014.

    Evenly spaced in the probability of the Gaussian with the mean and deviations of its codes.
    """
    images = {}
    for place, outcome, arrays in results.first_seeds("latents"):
        codes = arrays["codes"]
        if codes.shape[1] == 2:
            points = codes.mean(0) + normal_grid(SIDE) * codes.std(0)
            images[format_levels(place)] = tiled(np.split(_decoded(outcome, points), SIDE))
    if not images:
        return
    figure = Figure(figsize=(3.4 * len(images), 3.6), layout="constrained")
    panels = figure.subplots(1, len(images), squeeze=False)[0]
    for axes, (title, image) in zip(panels, images.items(), strict=True):
        show(axes, image)
        axes.set_title(title, fontsize=9, color=INK)
    save_figure(figure, path)


def traversals(results: Results, path: Path) -> None:
    """The first test image decoded with one latent moved at a time.

    Each over 2.5 standard deviations of its codes on either side of their mean; of each model the
    latents that vary most, at the last levels of the other axes.
    """
    rows, names = [], []
    for label, outcome, arrays in _at_the_last(results, "latents"):
        codes = arrays["codes"]
        mean, deviation = codes.mean(0), codes.std(0)
        for latent in np.argsort(-deviation, kind="stable")[:TRAVERSED]:
            moved = np.repeat(codes[:1], len(STEPS), 0)
            moved[:, latent] = mean[latent] + STEPS * deviation[latent]
            rows.append(_decoded(outcome, moved))
            names.append(f"{label}, latent {latent + 1}")
    if rows:
        save_figure(image_rows(rows, names, size=0.55), path)


def _at_the_last(results: Results, measure: str) -> list[tuple[str, Outcome, Arrays]]:
    """For each level of the first axis, the last place with a result, and what was measured."""
    last = {
        place[results.first_axis]: (outcome, arrays)
        for place, outcome, arrays in results.first_seeds(measure)
    }
    return [(label, outcome, arrays) for label, (outcome, arrays) in last.items()]


@torch.no_grad()
def _decoded(outcome: Outcome, codes: np.ndarray) -> np.ndarray:
    return outcome.trained[-1].model().decode(torch.from_numpy(codes).float()).numpy()
