"""`aebench benchmark`: run the pipeline on every data set whose results are in git."""

import signal
import subprocess
import sys
from pathlib import Path
from typing import NoReturn

from ruamel.yaml import YAML

from aebench.config.params import load_params
from aebench.core.errors import InputError
from aebench.core.files import atomic_write
from aebench.core.paths import PARAMS

MEASURED = ("mnist-5k", "mnist", "fashion-mnist")


def benchmark() -> int:
    """Run `dvc repro` with the measured sets in `datasets`; returns its exit code.

    Restores `datasets` afterwards, also on interruption; other edits of params.yaml made meanwhile
    are kept. Raises InputError if the folder is no clone.
    """
    if not Path(".git").exists():
        raise InputError(
            "no .git in this folder, without which DVC does not work; allowed: a clone"
        )
    before = load_params().datasets
    original = PARAMS.read_bytes()
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _stop)
    # Never a shorter list, with which DVC could remove the other sets' results.
    _write_datasets([*before, *(name for name in MEASURED if name not in before)])
    longer = PARAMS.read_bytes()
    try:
        # The DVC of this environment, which need not be active.
        return subprocess.run([sys.executable, "-m", "dvc", "repro"]).returncode
    finally:
        if PARAMS.read_bytes() == longer:
            with atomic_write(PARAMS) as temporary:
                temporary.write_bytes(original)
        else:
            _write_datasets(before)


def _write_datasets(names: list[str]) -> None:
    yaml = YAML()
    yaml.preserve_quotes, yaml.width = True, 4096
    params = yaml.load(PARAMS.read_text(encoding="utf-8"))
    params["datasets"][:] = names
    with atomic_write(PARAMS) as temporary:
        yaml.dump(params, temporary)


def _stop(*_: object) -> NoReturn:
    sys.exit(1)
