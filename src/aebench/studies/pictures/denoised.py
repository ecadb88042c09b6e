"""The same digits, restored by all methods: what numbers of denoising look like."""

from pathlib import Path

import numpy as np

from aebench.data.scaling import to_unit_range
from aebench.plots.figures import image_rows, save_figure
from aebench.studies.pictures.kept import arrays_at, others
from aebench.studies.pictures.panels import Results

# Names of noises in the order of their strength; others come after them.
ORDER = {"weaker": 0, "seen": 1, "stronger": 2}


def denoised(results: Results, path: Path) -> None:
    """Rows: digits with each noise, as the levels of all axes but the first and the places name it.

    Columns: the clean digit, the noisy one, and what each level of the first axis makes of it, with
    the first seed that has it.
    """
    study = results.study
    first = next(iter(study.axes))
    # What leaves an image as it is has the noisy one's column.
    nothing = {"name": "identity"}
    methods = [
        name for name, level in study.axes[first].items() if level.get("baseline") != nothing
    ]
    rows, names = [], []
    for where in others(study):
        by_method = {m: arrays_at(results, "denoising", where | {first: m}) for m in methods}
        there = [arrays for arrays in by_method.values() if arrays]
        if not there:
            continue
        noises = [name.removeprefix("noisy_") for name in there[0] if "noisy_" in name]
        for noise in sorted(noises, key=lambda noise: ORDER.get(noise, len(ORDER))):
            for digit in range(len(there[0]["clean"])):
                clean = to_unit_range(there[0]["clean"][digit])
                shown = [clean, there[0][f"noisy_{noise}"][digit]]
                for arrays in by_method.values():
                    missing = np.zeros_like(clean)
                    shown.append(arrays[f"restored_{noise}"][digit] if arrays else missing)
                rows.append(np.stack(shown))
                name = ", ".join([*where.values(), noise.replace("_", " ")])
                names.append(name if digit == 0 else "")
    if not rows:
        return
    figure = image_rows(rows, names)
    top = figure.axes[: 2 + len(methods)]
    for axes, name in zip(top, ["clean", "noisy", *methods], strict=True):
        axes.set_title(name, fontsize=7, rotation=40, ha="left", va="bottom", x=0.2)
    save_figure(figure, path)
