"""Measurements that are kept: done once, found again in the run store."""

import hashlib
import json
import time
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from aebench.core import code, plugins
from aebench.core.files import atomic_write, read_json, write_json
from aebench.measures.base import Measure
from aebench.measures.subject import Subject
from aebench.training.runs import RunStore, settle


@dataclass(frozen=True)
class StoredResult:
    """What was measured, where it lies in the run store."""

    record: Path

    @property
    def name(self) -> str:
        """The measure's."""
        return self._read["measure"]["name"]

    @property
    def values(self) -> dict[str, float]:
        return self._read["values"]

    @property
    def settings(self) -> dict[str, Any]:
        """What a baseline has chosen."""
        return self._read["settings"]

    @property
    def seconds(self) -> dict[str, float]:
        """All that it took, by the measure's name, and parts of it."""
        read = self._read
        return {
            self.name: read["seconds"],
            **{f"{self.name}, {part}": took for part, took in read["parts"].items()},
        }

    @property
    def arrays(self) -> dict[str, np.ndarray]:
        from safetensors.numpy import load_file

        return load_file(_arrays(self.record)) if _arrays(self.record).exists() else {}

    @cached_property
    def _read(self) -> dict[str, Any]:
        return read_json(self.record)


def measured(measure: Measure, subject: Subject) -> StoredResult:
    """Measure the subject, or find that it was done.

    Raises InputError where it was done by other code, and the store does not provide for that.
    """
    record = record_of(measure, subject)
    with subject.store.lock(record.stem):
        settle([record], subject.store.other_code)
        if not record.exists():
            began = time.monotonic()
            found = measure.compute(subject)
            if found.arrays:
                from safetensors.numpy import save_file

                with atomic_write(_arrays(record)) as path:
                    save_file(found.arrays, path)
            write_json(
                record,
                {
                    "measure": measure.model_dump(mode="json"),
                    **_subject(measure, subject),
                    "code": _code(measure, subject),
                    "plugins": plugins.used_by([measure, subject.baseline]),
                    "values": found.values,
                    "settings": found.settings,
                    "seconds": round(time.monotonic() - began, 1),
                    "parts": {part: round(took, 3) for part, took in found.seconds.items()},
                },
            )
    return StoredResult(record)


def there(measure: Measure, subject: Subject) -> bool:
    """Whether this was measured."""
    return record_of(measure, subject).exists()


def kept(store: RunStore, name: str) -> StoredResult:
    """What `measured` has kept under this name, the record's stem."""
    return StoredResult(_path(store, name))


def record_of(measure: Measure, subject: Subject) -> Path:
    """Where the measurement lies, or will."""
    identity = {
        "measure": measure.identity(),
        "version": measure.version,
        **_subject(measure, subject),
        **measure.depends_on(),
    }
    text = json.dumps(identity, sort_keys=True)
    name = hashlib.sha256(text.encode()).hexdigest()[:16]
    return _path(subject.store, name)


def _code(measure: Measure, subject: Subject) -> dict[str, str]:
    """The code that the numbers come from, except that of the run."""
    sections = [measure, *([subject.baseline] if subject.baseline else [])]
    return code.hashes(code.closure([__name__, *code.modules_of(sections)]))


def _subject(measure: Measure, subject: Subject) -> dict[str, Any]:
    identity = subject.identity
    if subject.baseline and measure.seed_independent:
        del identity["seed"]
    return identity


def _path(store: RunStore, name: str) -> Path:
    return store.root / "measured" / f"{name}.json"


def _arrays(record: Path) -> Path:
    return record.with_suffix(".safetensors")
