"""The trained models of the project in the current folder, as rows of a table."""

import shlex
import sys
from collections.abc import Iterator

from aebench.commands.named import pipeline, study, sweep
from aebench.commands.named.entry import Entry
from aebench.commands.named.name import Name
from aebench.config.params import load_params
from aebench.core import paths
from aebench.core.errors import InputError, one_line
from aebench.core.progress import bar, note
from aebench.data.prepared import Prepared

EXPERIMENTS = {"study": study, "sweep": sweep}
PLURALS = {"study": "studies", "sweep": "sweeps"}


def rows() -> Iterator[tuple[str, ...]]:
    """Name, kind, C x H x W and what it is, of each model; notes what is damaged or untrained."""
    params = load_params()
    default, *_ = params.datasets
    for dataset in sorted(params.sets, key=lambda name: name != default):
        for kind, entry in _entries(dataset):
            yield from _row(kind, entry, None if dataset == default else dataset)


def _row(kind: str, entry: Entry, dataset: str | None) -> Iterator[tuple[str, ...]]:
    """The row of a model, as a shell takes its name; none if it is damaged, which is noted."""
    try:
        model, shape = entry.described()
    except InputError as error:
        note(f"aebench: {error}", sys.stderr)
        return
    name = shlex.quote(one_line(str(Name(kind, entry.parts, dataset))))
    yield name, model, " x ".join(map(str, shape)), one_line(entry.about)


def _entries(dataset: str) -> Iterator[tuple[str, Entry]]:
    """The trained models of a data set with the kinds of their names; notes what is not trained."""
    for entry in pipeline.entries(dataset):
        yield "pipeline", entry
    if not paths.prepared(dataset).exists():
        return
    prepared = Prepared.load(paths.prepared(dataset))
    for kind, module in EXPERIMENTS.items():
        untrained = []
        names = module.experiments(dataset)
        for experiment in bar(names, desc=f"{kind}, {dataset}", delay=1, leave=False):
            try:
                entries = module.entries(experiment, dataset, prepared)
            except InputError as error:
                note(f"aebench: {error}", sys.stderr)
                continue
            trained = [entry for entry in entries if entry.source]
            yield from ((kind, entry) for entry in trained)
            if not trained:
                untrained.append(experiment)
            elif len(trained) < len(entries):
                note(
                    f"{kind} {experiment}: {len(trained)} of {len(entries)} models are trained; "
                    f"{module.command(experiment, dataset)} trains the others",
                    sys.stderr,
                )
        if untrained:
            note(
                f"{PLURALS[kind]} of {dataset} without trained models: {len(untrained)}; "
                f"{module.command('NAME', dataset)} trains one's",
                sys.stderr,
            )
