"""All pictures of a study: comparisons of its metrics, curves, and those that its file names."""

from collections.abc import Callable
from pathlib import Path

from aebench.core.errors import InputError
from aebench.core.files import remove
from aebench.core.nearest import unknown
from aebench.experiments.recipe import Recipe
from aebench.studies.claims import asked, picture
from aebench.studies.config import Study
from aebench.studies.pictures import (
    anomalies,
    bounds,
    codecs,
    denoising,
    generation,
    losses,
    maps,
    surface,
)
from aebench.studies.pictures.comparison import comparison
from aebench.studies.pictures.names import PictureNames
from aebench.studies.pictures.results import Results

PICTURES: dict[str, Callable[[Results, Path], None]] = {
    "curves": losses.curves,
    "codes": losses.code_sizes,
    "gradients": losses.gradients,
    "surface": surface.surface,
    "rate-distortion": bounds.rate_distortion,
    "terms": bounds.terms,
    "samples": generation.samples,
    "from-prior": generation.from_prior,
    "by-class": generation.by_class,
    "latent-maps": generation.code_maps,
    "latent-grid": generation.latent_grid,
    "traversals": generation.traversals,
    "denoised": denoising.denoised,
    "maps": maps.maps,
    "maps-page": maps.maps_page,
    "roc": anomalies.roc,
    "scores": anomalies.scores,
    "rate-curves": codecs.rate_curves,
    "decoded": codecs.decoded,
}
# Browsers have all letters.
PAGES = ("maps-page",)
# Pictures -> the measure that they are drawn from.
NEEDS = {
    "rate-distortion": "likelihood",
    "samples": "generation",
    "from-prior": "likelihood",
    "by-class": "conditional",
    "latent-maps": "latents",
    "latent-grid": "latents",
    "traversals": "latents",
    "denoised": "denoising",
    "maps": "map",
    "maps-page": "map",
    "roc": "anomaly",
    "scores": "anomaly",
    "rate-curves": "lossy",
    "decoded": "lossy",
}


def draw(results: Results, folder: Path) -> None:
    """Write a comparison of each metric that counts, `curves.png` and the study's own pictures."""
    study = results.study
    # The page shows what there is.
    remove(folder, "*.png", "*.gif", maps.PAGE)
    shown = PictureNames(study).relabelled(results)
    draw_comparisons(shown, folder)
    for name in ("curves", *study.pictures):
        PICTURES[name](results if name in PAGES else shown, folder / f"{name}.png")


def draw_comparisons(shown: Results, folder: Path) -> None:
    """Write the comparisons, which are of the table alone."""
    study = shown.study
    for metric in compared(study):
        comparison(shown, metric, folder / f"{picture(study, metric)}.png")


def compared(study: Study) -> list[str]:
    """The metrics that have a comparison: the study's own, and those of its claims."""
    return list(dict.fromkeys([study.metric, *(claim.metric for claim in asked(study))]))


def check(study: Study, recipe: Recipe) -> None:
    """Raise InputError for an unknown picture, or one that this study lacks the data for.

    `recipe`: that of any cell.
    """
    measures = {str(measure.identity().get("name")) for measure in recipe.measures}
    for name in study.pictures:
        if name not in PICTURES:
            raise InputError("pictures", unknown("name", name, PICTURES), ", ".join(PICTURES))
        needed = NEEDS.get(name)
        if needed and needed not in measures:
            raise InputError(f"pictures: '{name}' needs the measure '{needed}' in the recipe")
    if "codes" in study.pictures and (
        len(study.axes) < 2 or not all(level.isdigit() for level in list(study.axes.values())[1])
    ):
        raise InputError("pictures: 'codes' needs a second axis whose levels are sizes")
    if "gradients" in study.pictures and recipe.training.diagnostics is None:
        raise InputError("pictures: 'gradients' needs training.diagnostics in the recipe")
