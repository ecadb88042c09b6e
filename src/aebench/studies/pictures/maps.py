"""Maps of the same images: a picture by class, and a page whose points show their images."""

import base64
import io
import json
from pathlib import Path

import numpy as np

from aebench.core.files import write_text
from aebench.plots.codes import class_colour, embeddings
from aebench.plots.style import save_figure
from aebench.reporting.jinja import render_html
from aebench.studies.grid import variants
from aebench.studies.pictures.results import Arrays, Results

# Points on the page, which holds the image of each.
POINTS = 300

PAGE = "maps.html"


def maps(results: Results, path: Path) -> None:
    """A panel for each place of the grid, of its first seed with a map; a colour a class."""
    points = {
        title: (arrays["points"], _labels(results, arrays["chosen"]))
        for title, arrays in _maps(results).items()
    }
    if points:
        save_figure(embeddings(points, _classes(results)), path)


def maps_page(results: Results, path: Path) -> None:
    """Write `maps.html`, self-contained: pointing at a point shows its image in all maps."""
    found = _maps(results)
    if not found:
        return
    all_chosen = next(iter(found.values()))["chosen"]
    # Evenly spaced, since data may be in the order of their classes.
    shown = np.linspace(0, len(all_chosen) - 1, min(len(all_chosen), POINTS)).astype(int)
    chosen = all_chosen[shown]
    labels = _labels(results, chosen)
    panels = []
    for title, arrays in found.items():
        points = arrays["points"].astype(float)
        low, high = points.min(0), points.max(0)
        # Per mille of the panel: more digits are not seen, and the page stays small.
        places = np.rint(1000 * (points - low) / np.maximum(high - low, 1e-12)).astype(int)
        panels.append({"name": title, "points": places[shown].tolist()})
    classes = _classes(results)
    data = {
        "panels": panels,
        "labels": [0] * len(chosen) if labels is None else labels.tolist(),
        "classes": classes,
        "colours": [class_colour(label, len(classes)) for label in range(len(classes))],
        "size": results.prepared.image_shape[1:],
    }
    page = render_html(
        "aebench.studies",
        "maps.html.j2",
        title=results.study.title,
        # In a script, a string must not end it.
        data=json.dumps(data, separators=(",", ":")).replace("<", "\\u003c"),
        sprites=_sprites(results.prepared.part("test")[0][chosen]),
    )
    write_text(path.with_name(PAGE), page)


def _maps(results: Results) -> dict[str, Arrays]:
    """The arrays of each place of the grid that has a map, by a title."""
    measured = {
        ", ".join(place.values()): results.arrays_at(place, "map")
        for place in variants(results.study)
    }
    return {title: arrays for title, arrays in measured.items() if arrays}


def _labels(results: Results, chosen: np.ndarray) -> np.ndarray | None:
    """The labels of these test images."""
    labels = results.prepared.part("test")[1]
    return None if labels is None else labels[chosen]


def _classes(results: Results) -> list[str]:
    """Names of all classes, a number where the data set has no name; `image` without labels."""
    if results.prepared.labels is None:
        return ["image"]
    count = int(results.prepared.labels.max()) + 1
    names = [*results.prepared.classes, *map(str, range(len(results.prepared.classes), count))]
    return names[:count]


def _sprites(images: np.ndarray) -> str:
    """All images below each other as one PNG in base64, grey ones dark on white."""
    from PIL import Image

    grey = images.shape[1] == 1
    pixels = 255 - images[:, 0] if grey else np.moveaxis(images, 1, -1)
    column = pixels.reshape(-1, *pixels.shape[2:])
    file = io.BytesIO()
    Image.fromarray(column).save(file, "PNG", optimize=True)
    return base64.b64encode(file.getvalue()).decode()
