"""A model's name: `pipeline:vae`, `study:likelihood/vampprior/0`, `sweep:vae/0@mnist`.

Behind KIND: are parts with / between them, and @DATASET unless that is the first of `datasets` in
params.yaml. Everything that does not begin with a kind is the path of a saved model.
"""

import re
from typing import NamedTuple

from aebench.core.errors import InputError

KINDS = ("pipeline", "study", "sweep")
NAME = re.compile(rf"({'|'.join(KINDS)}):(.*?)(?:@([A-Za-z0-9-]+))?", re.DOTALL)
ALLOWED = "names that `aebench models` lists, and paths of saved models"


class Name(NamedTuple):
    """`dataset`: None for the first of `datasets`."""

    kind: str
    parts: tuple[str, ...]
    dataset: str | None = None

    def __str__(self) -> str:
        place = f"@{self.dataset}" if self.dataset else ""
        return f"{self.kind}:{'/'.join(self.parts)}{place}"


def parse_name(text: str) -> Name | None:
    """The name in `text`, or None for a path; raises InputError where it or a part is empty."""
    # Neither names a file.
    if text in ("", ".", "/"):
        raise InputError(f"'{text}'", "is no name of a model", ALLOWED)
    match = NAME.fullmatch(text)
    if not match:
        return None
    kind, body, dataset = match.groups()
    parts = tuple(body.split("/"))
    if not all(parts):
        raise InputError(text, "is not a whole name", ALLOWED)
    return Name(kind, parts, dataset)
