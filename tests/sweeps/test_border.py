"""Winners at the border of what was tried."""

from types import SimpleNamespace

import pytest

from aebench.sweeps.border import at_border
from aebench.sweeps.config import load_sweep
from aebench.sweeps.page import write_page
from aebench.sweeps.selection import Candidate

OPTIMIZER, RATE, MOMENTUM, DROPOUT = (
    "training.optimizer.name",
    "training.optimizer.lr",
    "training.optimizer.momentum",
    "model.dropout",
)


def trial(name: str, **values: float) -> SimpleNamespace:
    paths = {"rate": RATE, "momentum": MOMENTUM, "dropout": DROPOUT}
    return SimpleNamespace(
        params={OPTIMIZER: name} | {paths[key]: value for key, value in values.items()},
        state=None,
    )


TRIALS = [
    trial("adamw", rate=0.001, dropout=0.0),
    trial("adamw", rate=0.01, dropout=0.2),
    trial("sgd", rate=0.05, momentum=0.1, dropout=0.1),
    trial("sgd", rate=0.02, momentum=0.5, dropout=0.4),
]


@pytest.mark.parametrize(
    ("winner", "open_ends"),
    [
        ({OPTIMIZER: "adamw", RATE: 0.01, DROPOUT: 0.2}, []),
        # No dropout is below 0, and AdamW has no momentum here.
        ({OPTIMIZER: "adamw", RATE: 0.001, DROPOUT: 0.0}, [RATE]),
        ({OPTIMIZER: "sgd", RATE: 0.02, MOMENTUM: 0.5, DROPOUT: 0.4}, [MOMENTUM, DROPOUT]),
        # The defaults have won.
        ({}, []),
    ],
)
def test_a_border_is_where_more_may_lie_beyond(write, project, winner, open_ends) -> None:
    write()
    sweep = load_sweep("small", "tiny")
    assert at_border(sweep, TRIALS, winner) == open_ends
    numbers = dict.fromkeys(("validation", "test_sse_per_image"), 1.0)
    row = {"settings": "a", "seeds": 2, "chosen": True, **numbers}
    row |= {f"{name}_{part}": "" for name in numbers for part in ("difference", "low", "high")}
    write_page(sweep, "tiny", TRIALS, Candidate("trial 1", winner), [row], project)
    text = (project / "index.md").read_text()
    assert ("At the border" in text) == bool(open_ends)
    assert all(f"`{path}`" in text for path in open_ends)
