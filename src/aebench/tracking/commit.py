"""The commit that is checked out."""

import subprocess
from functools import cache


@cache
def git_commit() -> str | None:
    """None outside a git repository, or without git."""
    try:
        answer = subprocess.run(
            ["git", "rev-parse", "HEAD"], capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    return answer.stdout.strip()
