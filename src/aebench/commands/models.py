"""`aebench models`: the trained models that have a name, those of the package first."""

import sys

from aebench.commands.named.entry import Entry
from aebench.core import paths
from aebench.core.progress import note
from aebench.zoo import cards

HEADER = ("NAME", "MODEL", "IMAGES", "WHAT IT IS")


def models() -> None:
    rows = [_of_zoo(name) for name in cards.names()]
    if paths.PARAMS.exists():
        # Here, since what comes with the package needs no more than a light install.
        from aebench.commands.named import project

        own = list(project.rows())
        if not own:
            note("none is trained here yet; `make repro` trains those of the pipeline", sys.stderr)
        rows += own
    table = [HEADER, *rows]
    widths = [max(len(row[column]) for row in table) for column in range(len(HEADER))]
    for row in table:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        print("  ".join(cells).rstrip())


def _of_zoo(name: str) -> tuple[str, ...]:
    model, shape = Entry((name,), cards.weights(name)).described()
    card = cards.card(name)
    about = f"{card.about}; {card.dataset}: {cards.METRICS[card.metric]} {card.number:.4g}"
    return name, model, " x ".join(map(str, shape)), about
