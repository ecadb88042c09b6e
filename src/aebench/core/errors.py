"""Exceptions: the user's input is wrong, or a training came to no result."""

from collections.abc import Sequence
from pathlib import Path
from typing import Self

from aebench.core.urls import hide_passwords

# Characters of a message: what is wrong, and all of it with the allowed values.
LONGEST, LONGEST_WITH_ALLOWED = 600, 2000
# Mistakes that are told at once.
MOST = 9


class InputError(Exception):
    """The user's input is wrong: one line that says what, where and what is allowed.

    `InputError(where, got, allowed)` reads `where: got; allowed: allowed`, omitting empty parts; a
    line of another form is passed as `where`. Whatever the parts hold, it is one line that people
    can read: line breaks are escaped and the middle of what is long is left out. The CLI prints it
    and exits with 2.
    """

    def __init__(self, where: str | Path, got: str = "", allowed: str = ""):
        line = ": ".join(filter(None, [str(where), str(got)]))
        line = brief(_one_line_of_it(line), LONGEST)
        if allowed:
            line += f"{'; ' if got else ': '}allowed: {_one_line_of_it(allowed)}"
        super().__init__(brief(line, LONGEST_WITH_ALLOWED))

    @classmethod
    def of_all(cls, where: str | Path, mistakes: Sequence[str]) -> Self:
        """The mistakes of a file in one line, as many as fit; a single one as itself."""
        if len(mistakes) == 1:
            return cls(where, mistakes[0])
        told = [brief(_one_line_of_it(mistake), LONGEST // 3) for mistake in mistakes[:MOST]]
        while sum(map(len, told)) > LONGEST - 100:
            told.pop()
        parts = [f"({i}) {mistake}" for i, mistake in enumerate(told, 1)]
        if len(told) < len(mistakes):
            parts.append(f"and {len(mistakes) - len(told)} more")
        return cls(where, f"{len(mistakes)} mistakes: {'; '.join(parts)}")


class Diverged(InputError):
    """A training's loss became infinite or NaN, and no weights from before were saved.

    To a pipeline that is a mistake in its settings; to a study it is a result.
    """


class Pruned(Exception):
    """Raised when the pruner stops a training early."""


def one_line(text: str) -> str:
    """The text without passwords, with escapes for line breaks and all that is not printable.

    Names of files, keys and values are people's: none of them may begin a second line, or tell a
    terminal what to do.
    """
    text = hide_passwords(text)
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def _one_line_of_it(text: str) -> str:
    # First without what would never be shown: the escapes of a long text take long.
    return one_line(brief(text, 10 * LONGEST))


def brief(value: object, longest: int = 80) -> str:
    """The text of a value, without its middle where it has more than `longest` characters."""
    text = str(value)
    if len(text) <= longest:
        return text
    half = (longest - 1) // 2
    return f"{text[:half]}…{text[-half:]}"
