"""Text in Markdown: whatever is not marked as `Markdown` is data, and shows as it is written."""

import re
from collections.abc import Container, Iterable, Mapping, Sequence
from itertools import chain, zip_longest
from typing import Any
from urllib.parse import quote

from aebench.core.errors import one_line

# What CommonMark, GitHub's tables, mathematics and links take for markup, wherever it stands. An
# underscore within a word and an interval such as [0, 1] mean nothing to them.
MARKUP = re.compile(
    r"""
    (?P<interval>\[[\d.,\ -]*\](?=[^\[(:]))
    | [\\`*|#~$\[\]]
    | (?<![^\W_])_ | _(?![^\W_])
    | <(?=[a-z/!?])
    | &(?=\#?\w+;)
    | (?<=https):(?=//) | (?<=http):(?=//) | (?<=ftp):(?=//)
    | (?<=www)\.
    """,
    re.VERBOSE | re.IGNORECASE | re.ASCII,
)
# What makes a heading, a quote, a rule or a list of a line that begins with it.
START = re.compile(r"(?P<before>\s*\d*)(?P<mark>[-+](?=\s|$|[-+])|[=>]|(?<=\d)[.)](?=\s|$))")

PROSE = re.compile(r"`([^`]+)`|\*(?=\S)([^*]+)(?<=\S)\*")


class Markdown(str):
    """Text that is Markdown already, so that `escape` leaves it as it is."""


def escape(value: Any) -> Markdown:
    """Any value as Markdown that shows its text, in one line, and nothing else."""
    if isinstance(value, Markdown):
        return value
    text = _line(value)
    text = MARKUP.sub(lambda found: found["interval"] or f"\\{found[0]}", text)
    return Markdown(
        START.sub(r"\g<before>\\\g<mark>", text, count=1) if START.match(text) else text
    )


def prose(text: str) -> Markdown:
    """A sentence of a study's file: `code` and *emphasis* are set as such, all else is data."""
    plain, codes, emphases = (PROSE.split(text)[i::3] for i in range(3))
    marked = map(_marked, codes, emphases)
    return Markdown("".join(chain(*zip_longest(map(escape, plain), marked, fillvalue=""))))


def _marked(span: str | None, emphasis: str | None) -> str:
    if span is None:
        return f"*{escape(emphasis)}*"
    # In a table, a `|` ends the cell, in code, too.
    return code(span) if "|" not in span else escape(f"`{span}`")


def code(value: Any) -> Markdown:
    """Any value as a code span; not for tables, in which a `|` would end the cell."""
    text = _line(value)
    fence = "`" * (1 + max(map(len, re.findall("`+", text)), default=0))
    space = " " if "`" in text else ""
    return Markdown(f"{fence}{space}{text}{space}{fence}")


def url(path: Any) -> Markdown:
    """A relative path, or a fragment, as the target of a link."""
    return Markdown(quote(str(path), errors="replace"))


def anchor(title: str) -> str:
    """The fragment of an address that leads to a heading, as GitHub names it."""
    return re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-")


def cells(values: Iterable[Any]) -> Markdown:
    """Neighbouring cells of a table."""
    return Markdown(" | ".join(map(escape, values)))


def legend(names: Mapping[str, str]) -> Markdown:
    """What labels stand for: `*class 1*: its name; *class 2*: ...`."""
    return Markdown(
        "; ".join(f"*{escape(label.strip())}*: {escape(name)}" for label, name in names.items())
    )


def table(
    columns: Sequence[Any], numbers: Container[int], rows: Sequence[Sequence[Any]]
) -> Markdown:
    """A table; `numbers`: the indices of right-aligned columns."""
    marks = [Markdown("---:" if i in numbers else "---") for i in range(len(columns))]
    return Markdown("\n".join(f"| {cells(row)} |" for row in (columns, marks, *rows)))


def _line(value: Any) -> str:
    return one_line(" ".join(re.split(r"\s+", str(value))))
