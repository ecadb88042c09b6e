"""Where a cell runs: its data set and run store."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from aebench.core import paths
from aebench.data.prepared import Prepared
from aebench.training.runs import OtherCode, RunStore


@dataclass(frozen=True)
class RunContext:
    """The data set, its checksum and the run store's path; small enough to send to a worker.

    A worker must see the project's folder and the run store under the same paths.
    """

    dataset: str
    checksum: str
    store: Path
    other_code: OtherCode

    @classmethod
    def here(
        cls, dataset: str, prepared: Prepared, other_code: OtherCode | None = None
    ) -> "RunContext":
        """This process's run store, by its absolute path."""
        root = RunStore().root.resolve()
        return cls(dataset, prepared.checksum, root, other_code or OtherCode())

    @property
    def runs(self) -> RunStore:
        return RunStore(self.store, self.other_code)

    @property
    def prepared(self) -> Prepared:
        """The prepared data set, read again only after its file has changed."""
        path = paths.prepared(self.dataset)
        return _load(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=1)
def _load(path: Path, _written: int) -> Prepared:
    return Prepared.load(path)
