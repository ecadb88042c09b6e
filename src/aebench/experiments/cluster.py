"""Dask's workers: processes on this machine that share its cores, or those of a cluster."""

import contextlib
import logging
import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

from aebench.core.errors import InputError
from aebench.core.memory import needs_memory
from aebench.core.stops import signals_held
from aebench.experiments.workers import Workers

if TYPE_CHECKING:
    from distributed import Client

# A process that has loaded PyTorch takes at least so much.
WORKER_BYTES = 100 * 2**20


@contextlib.contextmanager
def dask_client(workers: Workers) -> Iterator["Client"]:
    """A client of the workers; raises InputError where there is no such cluster."""
    import dask
    from distributed import Client, LocalCluster

    if scheduler := workers.scheduler:
        try:
            client = Client(scheduler, timeout="10s")
        except (OSError, ValueError) as error:
            raise InputError(f"--scheduler {scheduler}: {error}") from None
        with client:
            yield client
        return
    count = workers.processes
    needs_memory(WORKER_BYTES * count, f"--workers {count}")
    threads = max(1, (os.cpu_count() or 1) // count)
    settings = {
        # torch reads them once, when it is imported; busy waiting would slow the other workers.
        "distributed.nanny.pre-spawn-environ": {
            "OMP_NUM_THREADS": threads,
            "MKL_NUM_THREADS": threads,
            "OMP_WAIT_POLICY": "passive",
        },
        # A training may hold the interpreter for long; its worker is not dead.
        "distributed.scheduler.worker-ttl": None,
        "distributed.admin.tick.limit": "1h",
    }
    with dask.config.set(settings):
        with signals_held():
            cluster = LocalCluster(
                n_workers=count,
                threads_per_worker=1,
                memory_limit=0,
                host="127.0.0.1",
                dashboard_address=None,
                # Errors come as exceptions of futures.
                silence_logs=logging.CRITICAL,
            )
        with cluster, Client(cluster) as client:
            yield client
