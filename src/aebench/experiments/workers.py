"""Where the cells of studies and sweeps are trained."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Workers:
    """Processes on this machine that share its cores; or those of a Dask cluster.

    With a `scheduler` (`tcp://...`) the workers are those of that cluster, which must see this
    project's folder and run store under the same paths.
    """

    processes: int = 1
    scheduler: str | None = None

    @property
    def alone(self) -> bool:
        """Whether this process trains all cells itself."""
        return self.processes == 1 and self.scheduler is None


ALONE = Workers()
