"""Detection of anomalous images: ROC curves and the scores themselves, of the first seed."""

from pathlib import Path

from aebench.experiments.cell import Levels, format_levels
from aebench.plots.detection import Scores, roc_curves, score_histograms
from aebench.plots.style import save_figure
from aebench.studies.pictures.results import Results


def roc(results: Results, path: Path) -> None:
    """A panel for each place of the other axes, a curve for each level of the first."""
    panels = {format_levels(p): _scores(results, p) for p in results.other_places()}
    save_figure(roc_curves(panels, _methods(results)), path)


def scores(results: Results, path: Path) -> None:
    """Histograms: a row for each place of the other axes, a column for each level of the first."""
    rows = {format_levels(p, "\n"): _scores(results, p) for p in results.other_places()}
    save_figure(score_histograms(rows, _methods(results)), path)


def _methods(results: Results) -> list[str]:
    return list(results.study.axes[results.first_axis])


def _scores(results: Results, place: Levels) -> dict[str, Scores]:
    """The scores of each method that was measured at `place`."""
    measured = {
        method: results.arrays_at(place | {results.first_axis: method}, "anomaly")
        for method in _methods(results)
    }
    return {m: (arrays["usual"], arrays["strange"]) for m, arrays in measured.items() if arrays}
