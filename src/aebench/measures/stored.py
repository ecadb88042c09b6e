"""Results of measures in the run store, each computed once."""

import hashlib
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from aebench.core import code_hashes, plugins
from aebench.core.files import atomic_write
from aebench.core.schema import Section
from aebench.core.sealed import read_sealed, sealed_file, write_sealed
from aebench.measures.base import Measure
from aebench.measures.inputs import BaselineInput, MeasureInput
from aebench.training.runs import RunStore, settle


@dataclass(frozen=True)
class StoredResult:
    """A result in the run store; `record` is its JSON file."""

    record: Path

    @property
    def name(self) -> str:
        """The measure's name."""
        return self._content["measure"]["name"]

    @property
    def values(self) -> dict[str, float]:
        return self._content["values"]

    @property
    def settings(self) -> dict[str, Any]:
        """The settings that were tuned for a baseline."""
        return self._content["settings"]

    @property
    def seconds(self) -> dict[str, float]:
        """The total time by the measure's name, and the times of its parts."""
        content = self._content
        return {
            self.name: content["seconds"],
            **{f"{self.name}, {part}": took for part, took in content["parts"].items()},
        }

    @property
    def arrays(self) -> dict[str, np.ndarray]:
        from safetensors.numpy import load_file

        name = _arrays(self.record).name
        if name not in self._content.get("files", {}):
            return {}
        return load_file(sealed_file(self.record.parent, name, self._content))

    @cached_property
    def _content(self) -> dict[str, Any]:
        return read_sealed(self.record)


def measure_or_load(measure: Measure, input: MeasureInput) -> StoredResult:
    """The stored result, measured first if there is none.

    Raises InputError where it was made by other code, unless the store's `other_code` says what to
    do then.
    """
    record = record_path(measure, input)
    with input.store.lock(record.stem):
        settle([record], input.store.other_code)
        if not record.exists():
            _measure(measure, input, record)
    return StoredResult(record)


def is_measured(measure: Measure, input: MeasureInput) -> bool:
    """Whether the run store has the result."""
    return record_path(measure, input).exists()


def load_result(store: RunStore, name: str) -> StoredResult:
    """The result whose record has this name, the stem of its file."""
    return StoredResult(_path(store, name))


def record_path(measure: Measure, input: MeasureInput) -> Path:
    """The result's JSON file, named after a hash of all that its values depend on but code."""
    identity = {
        "measure": measure.identity(),
        "version": measure.version,
        **_identity(measure, input),
        **measure.depends_on(),
    }
    text = json.dumps(identity, sort_keys=True)
    name = hashlib.sha256(text.encode()).hexdigest()[:16]
    return _path(input.store, name)


def _measure(measure: Measure, input: MeasureInput, record: Path) -> None:
    began = time.monotonic()
    result = measure.compute(input)
    if result.arrays:
        from safetensors.numpy import save_file

        with atomic_write(_arrays(record)) as path:
            save_file(result.arrays, path)
    sections = _sections(measure, input)
    write_sealed(
        record,
        {
            "measure": measure.model_dump(mode="json"),
            **_identity(measure, input),
            # Of the measure; a run has its own.
            "code": code_hashes.hashes(
                code_hashes.closure([__name__, *code_hashes.modules_of(sections)])
            ),
            "plugins": plugins.used_by(sections),
            "values": result.values,
            "settings": result.settings,
            "seconds": round(time.monotonic() - began, 1),
            "parts": {part: round(took, 3) for part, took in result.seconds.items()},
        },
        [_arrays(record).name] if result.arrays else [],
    )


def _sections(measure: Measure, input: MeasureInput) -> Sequence[Section]:
    return [measure, input.baseline] if isinstance(input, BaselineInput) else [measure]


def _identity(measure: Measure, input: MeasureInput) -> dict[str, Any]:
    identity = input.identity
    if isinstance(input, BaselineInput) and measure.seed_independent:
        del identity["seed"]
    return identity


def _path(store: RunStore, name: str) -> Path:
    return store.root / "measured" / f"{name}.json"


def _arrays(record: Path) -> Path:
    return record.with_suffix(".safetensors")
