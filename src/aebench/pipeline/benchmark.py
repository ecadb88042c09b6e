"""`aebench benchmark`: run the pipeline on every data set whose results are in git."""

import os
import signal
import subprocess
import sys
from pathlib import Path

from aebench.config.params import load_params
from aebench.core.errors import InputError
from aebench.core.stops import Stopped

MEASURED = ("mnist-5k", "mnist", "fashion-mnist")


def benchmark() -> int:
    """Run `dvc repro` on `datasets` and the measured sets; returns its exit code.

    Raises InputError if the folder is no clone.
    """
    if not Path(".git").exists():
        raise InputError(
            "no .git in this folder, without which DVC does not work; allowed: a clone"
        )
    own = load_params().datasets
    # Never a shorter list, with which DVC could remove the other sets' results.
    names = [*own, *(name for name in MEASURED if name not in own)]
    # The DVC of this environment, which need not be active.
    command = [sys.executable, "-m", "aebench.pipeline.repro", *names]
    # A group of processes of its own, so that the stage under way can be told to end, too.
    with subprocess.Popen(command, process_group=0) as dvc:
        try:
            return dvc.wait()
        except Stopped:
            # DVC would leave its stage alone if it were terminated; interrupted, it waits for it.
            os.killpg(dvc.pid, signal.SIGINT)
            dvc.wait()
            raise
