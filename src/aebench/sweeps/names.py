"""The names of a sweep's hyperparameters and of their choices as its pictures show them."""

from aebench.plots.labels import other_names, short_labels
from aebench.sweeps.config import Sweep
from aebench.sweeps.dimensions import Dimension, dimensions
from aebench.sweeps.values import Choices

# Letters of a hyperparameter's whole name, beside a picture.
LONGEST = 100


class PictureNames:
    """Labels of a sweep's hyperparameters and choices; most names are their own."""

    def __init__(self, sweep: Sweep):
        space = dimensions(sweep)
        of_all = [d.values.choices for d in space if isinstance(d.values, Choices)]
        self.choices = short_labels((str(c) for choices in of_all for c in choices), "choice")
        self.parts = short_labels((part for d in space for part in _parts(d)), "setting")
        self.whole = short_labels((d.name for d in space), "whole setting", LONGEST)

    def others(self) -> dict[str, str]:
        """Label -> name where they differ."""
        kinds = (self.choices, self.parts, self.whole)
        return {label: name for kind in kinds for label, name in other_names(kind).items()}

    def in_lines(self, dimension: Dimension) -> str:
        """A name, such as `training.optimizer.lr (muon)`, in lines that fit below an axis."""
        return "\n".join(self.parts[part] for part in _parts(dimension))


def _parts(dimension: Dimension) -> list[str]:
    path, _, condition = dimension.name.partition(" ")
    return [part for part in (*path.split(".")[-2:], condition) if part]
