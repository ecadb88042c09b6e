"""`aebench repro`: the stages of dvc.yaml one after another, without DVC and git."""

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from pathlib import Path, PurePosixPath
from typing import Any

from aebench.core.errors import InputError
from aebench.core.files import read_yaml
from aebench.core.progress import note

GRAPH = Path("dvc.yaml")
# Lists of what a stage writes.
WRITTEN = ("outs", "metrics", "plots")


@dataclass(frozen=True)
class Stage:
    """A stage for an item of its matrix: its command, and what it reads and writes."""

    name: str
    command: str
    reads: tuple[str, ...]
    writes: tuple[str, ...]


def repro(datasets: list[str]) -> int:
    """Run all stages for these data sets, each after those whose results it reads.

    Trainings that are done are not done again. Returns the exit code of the first stage that fails,
    or 0.
    """
    for stage in in_order(read_stages(datasets)):
        note(f"{stage.name}: {stage.command}", sys.stderr)
        program, *arguments = shlex.split(stage.command)
        # This environment's aebench, which need not be on the path.
        start = [sys.executable, "-m", "aebench"] if program == "aebench" else [program]
        if code := subprocess.run([*start, *arguments]).returncode:
            return code
    return 0


def read_stages(datasets: list[str]) -> list[Stage]:
    """The stages of dvc.yaml; raises InputError where it is no such file."""
    graph = read_yaml(GRAPH)
    stages = graph.get("stages") if isinstance(graph, dict) else None
    if not isinstance(stages, dict):
        raise InputError(GRAPH, "has no stages", "the dvc.yaml of the project")
    return [stage for name, given in stages.items() for stage in _instances(name, given, datasets)]


def in_order(stages: list[Stage]) -> Iterator[Stage]:
    """Yield each stage after those that write what it reads, otherwise in the file's order.

    Raises InputError where stages wait for each other.
    """
    left = list(stages)
    while left:
        ready = [
            stage
            for stage in left
            if not any(_feeds(other, stage) for other in left if other is not stage)
        ]
        if not ready:
            raise InputError(
                GRAPH, f"stages wait for each other: {', '.join(s.name for s in left)}"
            )
        left.remove(ready[0])
        yield ready[0]


def _instances(name: str, stage: Mapping[str, Any], datasets: list[str]) -> Iterator[Stage]:
    values = {"datasets": datasets}
    matrix = {
        key: values[entry[2:-1]] if isinstance(entry, str) else entry
        for key, entry in stage.get("matrix", {}).items()
    }
    for chosen in product(*matrix.values()):
        item = dict(zip(matrix, chosen, strict=True))
        label = "@".join([name, *map(str, chosen)])
        reads = [_filled(path, item) for path in stage.get("deps", [])]
        writes = [
            _filled(path, item)
            for kind in WRITTEN
            for entry in stage.get(kind, [])
            for path in (entry if isinstance(entry, dict) else [entry])
        ]
        yield Stage(label, _filled(stage["cmd"], item), tuple(reads), tuple(writes))


def _filled(text: str, item: Mapping[str, Any]) -> str:
    return re.sub(r"\$\{item\.(\w+)\}", lambda match: str(item[match[1]]), text)


def _feeds(earlier: Stage, later: Stage) -> bool:
    return any(
        PurePosixPath(read).is_relative_to(written)
        for read in later.reads
        for written in earlier.writes
    )
