"""All maps of the same images: a picture by class, and a page whose points show their images."""

import base64
import io
import json
from importlib import resources
from pathlib import Path

import numpy as np
from jinja2 import Environment, StrictUndefined
from matplotlib.figure import Figure

from aebench.core.files import write_text
from aebench.plots.figures import INK, save_figure
from aebench.plots.latent import class_colour, scatter_by_class
from aebench.studies.grid import variants
from aebench.studies.pictures.kept import arrays_at
from aebench.studies.pictures.panels import Results

# Points on the page: each brings its image with it.
POINTS = 300
ACROSS = 4


def maps(results: Results, path: Path) -> None:
    """A panel a place in the grid, with the first seed that has a map; a colour a class."""
    found = _maps(results)
    if not found:
        return
    down = -(-len(found) // ACROSS)
    figure = Figure(figsize=(2.6 * ACROSS, 2.75 * down), layout="constrained")
    grid = figure.subplots(down, ACROSS, squeeze=False)
    for axes in grid.flat:
        axes.set_axis_off()
    for axes, (name, arrays) in zip(grid.flat, found.items(), strict=False):
        labels = _labels(results, arrays["chosen"])
        handles = scatter_by_class(axes, arrays["points"], labels, _classes(results), size=3)
        axes.set_title(name, fontsize=8, color=INK)
    if results.prepared.labels is not None:
        figure.legend(
            handles=handles, loc="outside lower center", ncols=10, fontsize=7, frameon=False
        )
    save_figure(figure, path)


def maps_page(results: Results, path: Path) -> None:
    """`maps.html`, which needs nothing else: pointing at a point shows its image in all maps."""
    found = _maps(results)
    if not found:
        return
    all_chosen = next(iter(found.values()))["chosen"]
    # Data may be in the order of their classes.
    some = np.linspace(0, len(all_chosen) - 1, min(len(all_chosen), POINTS)).astype(int)
    chosen = all_chosen[some]
    labels = _labels(results, chosen)
    panels = []
    for name, arrays in found.items():
        points = arrays["points"].astype(float)
        low, high = points.min(0), points.max(0)
        # Per mille of the panel: more digits are not seen, and this page is to stay small.
        places = np.rint(1000 * (points - low) / np.maximum(high - low, 1e-12)).astype(int)
        panels.append({"name": name, "points": places[some].tolist()})
    classes = _classes(results)
    data = {
        "panels": panels,
        "labels": labels.tolist(),
        "classes": classes,
        "colours": [class_colour(label, len(classes)) for label in range(len(classes))],
        "size": results.prepared.image_shape[1:],
    }
    text = resources.files("aebench.studies").joinpath("templates/maps.html.j2").read_text()
    environment = Environment(
        undefined=StrictUndefined, autoescape=True, keep_trailing_newline=True
    )
    page = environment.from_string(text).render(
        title=results.study.title,
        # In a script, a string must not end it.
        data=json.dumps(data, separators=(",", ":")).replace("<", "\\u003c"),
        sprites=_sprites(results.prepared.part("test")[0][chosen]),
    )
    write_text(path.with_name("maps.html"), page)


def _maps(results: Results) -> dict[str, dict[str, np.ndarray]]:
    found = {}
    for where in variants(results.study):
        if arrays := arrays_at(results, "map", where):
            found[", ".join(where.values())] = arrays
    return found


def _labels(results: Results, chosen: np.ndarray) -> np.ndarray:
    """Of these test images; all 0 where there are none."""
    labels = results.prepared.part("test")[1]
    return np.zeros(len(chosen), int) if labels is None else labels[chosen]


def _classes(results: Results) -> list[str]:
    if results.prepared.labels is None:
        return ["image"]
    count = int(results.prepared.labels.max()) + 1
    names = [*results.prepared.classes, *map(str, range(len(results.prepared.classes), count))]
    return names[:count]


def _sprites(images: np.ndarray) -> str:
    """All images below each other as one PNG, dark on white where grey, base64."""
    from PIL import Image

    if images.shape[1] == 1:
        column = 255 - images[:, 0].reshape(-1, images.shape[-1])
    else:
        column = np.moveaxis(images, 1, -1).reshape(-1, images.shape[-1], images.shape[1])
    file = io.BytesIO()
    Image.fromarray(column).save(file, "PNG", optimize=True)
    return base64.b64encode(file.getvalue()).decode()
