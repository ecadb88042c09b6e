"""The checked-out git commit."""

import subprocess
from functools import cache


@cache
def git_commit() -> str | None:
    """The hash of HEAD; None outside a git repository, or without git."""
    try:
        result = subprocess.run(
            ["git", "rev-parse", "HEAD"], capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    return result.stdout.strip()
