"""What is measured in a study of trained models, beyond their objectives' metrics, and of tools.

Each measure is a file with a `VERSION`, the `columns` it gives a table, a `check` of the model or
the tool and `measure` itself; where it reads other data, its `identity` says which, and where
neither it nor a tool draws anything, it is named in `CERTAIN`. What was measured once is kept in
the run store and not measured again.
"""

import hashlib
import json
import time
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from torch import nn

from aebench.data.prepared import Prepared
from aebench.files import read_json, write_json, written_whole
from aebench.measures import (
    anomaly,
    conditional,
    denoising,
    generation,
    latents,
    likelihood,
    lossless,
    lossy,
    mapping,
)
from aebench.measures.config import MeasureConfig
from aebench.measures.subject import Subject
from aebench.schema import Section
from aebench.training.runs import RunStore

# What they find of a tool holds for all seeds.
CERTAIN = ("lossy", "lossless")


@dataclass(frozen=True)
class Kept:
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
        """What a tool has chosen."""
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


def measured(config: MeasureConfig, subject: Subject) -> Kept:
    """Measure the subject, or find that it was done."""
    module, record = _of(config), _record(config, subject)
    with subject.store.lock(record.stem):
        if not record.exists():
            began = time.monotonic()
            found = module.measure(config, subject)
            if found.arrays:
                from safetensors.numpy import save_file

                with written_whole(_arrays(record)) as path:
                    save_file(found.arrays, path)
            write_json(
                record,
                {
                    "measure": config.model_dump(),
                    **_subject(config, subject),
                    "values": found.values,
                    "settings": found.settings,
                    "seconds": round(time.monotonic() - began, 1),
                    "parts": {part: round(took, 3) for part, took in found.seconds.items()},
                },
            )
    return Kept(record)


def there(config: MeasureConfig, subject: Subject) -> bool:
    """Whether this was measured."""
    return _record(config, subject).exists()


def kept(store: RunStore, name: str) -> Kept:
    """What `measured` has kept under this name, the record's stem."""
    return Kept(_path(store, name))


def columns(config: MeasureConfig) -> tuple[str, ...]:
    """The names of the numbers that `measured` gives."""
    return _of(config).columns(config)


def check(config: MeasureConfig, what: nn.Module | Section, prepared: Prepared) -> None:
    """Raise InputError where this cannot be measured of this model or tool."""
    _of(config).check(config, what, prepared)


def _of(config: MeasureConfig) -> ModuleType:
    return {
        "likelihood": likelihood,
        "generation": generation,
        "conditional": conditional,
        "latents": latents,
        "denoising": denoising,
        "map": mapping,
        "anomaly": anomaly,
        "lossy": lossy,
        "lossless": lossless,
    }[config.name]


def _record(config: MeasureConfig, subject: Subject) -> Path:
    module = _of(config)
    identity = {
        "measure": config.identity(),
        "version": module.VERSION,
        **_subject(config, subject),
        **(module.identity(config) if hasattr(module, "identity") else {}),
    }
    text = json.dumps(identity, sort_keys=True)
    name = hashlib.sha256(text.encode()).hexdigest()[:16]
    return _path(subject.store, name)


def _subject(config: MeasureConfig, subject: Subject) -> dict[str, Any]:
    identity = subject.identity
    if subject.tool and config.name in CERTAIN:
        del identity["seed"]
    return identity


def _path(store: RunStore, name: str) -> Path:
    return store.root / "measured" / f"{name}.json"


def _arrays(record: Path) -> Path:
    return record.with_suffix(".safetensors")
