"""Denoising: noisy images, and what each method restores."""

from pathlib import Path

import numpy as np

from aebench.data.scaling import to_unit_range
from aebench.plots.images import image_rows
from aebench.plots.style import save_figure
from aebench.studies.pictures.results import Results

# Names of noises in the order of their strength; others come after them.
ORDER = {"weaker": 0, "seen": 1, "stronger": 2}
# Its output is the noisy image, which has a column of its own.
IDENTITY = {"name": "identity"}


def denoised(results: Results, path: Path) -> None:
    """Rows: images with each noise, at each place of all axes but the first.

    Columns: the clean image, the noisy one, and what each level of the first axis restores, with
    its first seed; white where that has none.
    """
    first = results.first_axis
    methods = [
        name
        for name, level in results.study.axes[first].items()
        if level.get("baseline") != IDENTITY
    ]
    rows, names = [], []
    for place in results.other_places():
        of_methods = [results.arrays_at(place | {first: m}, "denoising") for m in methods]
        measured = next((arrays for arrays in of_methods if arrays), None)
        if not measured:
            continue
        noises = [name.removeprefix("noisy_") for name in measured if "noisy_" in name]
        for noise in sorted(noises, key=lambda noise: ORDER.get(noise, len(ORDER))):
            for i in range(len(measured["clean"])):
                clean = to_unit_range(measured["clean"][i])
                restored = [
                    arrays[f"restored_{noise}"][i] if arrays else np.zeros_like(clean)
                    for arrays in of_methods
                ]
                rows.append(np.stack([clean, measured[f"noisy_{noise}"][i], *restored]))
                name = ", ".join([*place.values(), noise.replace("_", " ")])
                names.append(name if i == 0 else "")
    if rows:
        save_figure(image_rows(rows, names, columns=["clean", "noisy", *methods]), path)
