"""A model that has a name, trained or not yet."""

from dataclasses import dataclass
from pathlib import Path

from aebench.core.files import read_json
from aebench.training.runs import Run

Parts = tuple[str, ...]


@dataclass(frozen=True)
class Entry:
    """The parts of the name, the saved file or run, and what the model is, in words.

    `source` is None for a model that is not trained.
    """

    parts: Parts
    source: Path | Run | None
    about: str = ""

    def described(self) -> tuple[str, list[int]]:
        """The model's kind, and C, H, W of its images; raises InputError if a file is damaged."""
        if isinstance(self.source, Run):
            spec = self.source.record["spec"]
            return spec["model"]["name"], spec["image_shape"]
        assert self.source, "what is not trained has no description"
        model = read_json(self.source.with_suffix(".json"))["model"]
        return model["name"], model["image_shape"]
