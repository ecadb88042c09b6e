"""The names of a study's axes, levels and classes as its pictures show them."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import chain
from typing import Any

from aebench.plots.labels import other_names, short_labels
from aebench.studies.config import Study
from aebench.studies.pictures.results import Results


class PictureNames:
    """Labels of a study's axes and levels; most names are their own (see `plots/labels.py`)."""

    def __init__(self, study: Study):
        self.axes = short_labels(study.axes, "axis")
        self.levels = short_labels(chain(*study.axes.values()), "level")

    def others(self, classes: Sequence[str]) -> dict[str, str]:
        """Label -> name where they differ, those of the classes, too."""
        kinds = (self.axes, self.levels, short_labels(classes, "class"))
        return {label: name for kind in kinds for label, name in other_names(kind).items()}

    def relabelled(self, results: Results) -> Results:
        """The same results with labels for names, so that no picture has to think of them."""
        study = results.study
        return replace(
            results,
            study=study.model_copy(
                update={
                    "axes": {
                        self.axes[axis]: {self.levels[name]: over for name, over in names.items()}
                        for axis, names in study.axes.items()
                    },
                    "only": list(map(self._place, study.only)),
                    "leave_out": list(map(self._place, study.leave_out)),
                    "published": [
                        number.model_copy(update={"where": self._place(number.where)})
                        for number in study.published
                    ],
                }
            ),
            outcomes=[
                replace(outcome, cell=replace(cell, levels=self._place(cell.levels)))
                for outcome in results.outcomes
                for cell in [outcome.cell]
            ],
            rows=list(map(self._place, results.rows)),
        )

    def _place(self, levels: dict[str, Any]) -> dict[str, Any]:
        """A place, or a row of the table, with labels for names."""
        return {
            self.axes.get(key, key): self.levels[value] if key in self.axes else value
            for key, value in levels.items()
        }
