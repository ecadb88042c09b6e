"""`python -m aebench.pipeline.repro NAME...`: `dvc repro` with these as `datasets`.

params.yaml stays as it is: whatever ends the program leaves nothing to be restored.
"""

import signal
import sys
from typing import Any

from dvc.cli import main
from dvc.parsing.context import Context

from aebench.core.paths import PARAMS


def repro(datasets: list[str]) -> int:
    """Run `dvc repro`; returns its exit code."""
    load = Context.load_from

    def load_from(fs: Any, path: str, *select_keys: Any) -> Context:
        context = load(fs, path, *select_keys)
        if path == str(PARAMS):
            context["datasets"] = datasets
        return context

    Context.load_from = load_from
    # Also where a shell has started this in the background, with interrupts ignored.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    return main(["repro"])


if __name__ == "__main__":
    sys.exit(repro(sys.argv[1:]))
