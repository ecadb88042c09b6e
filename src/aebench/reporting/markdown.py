"""Tables in Markdown."""

from collections.abc import Container, Sequence


def table(columns: Sequence[str], numbers: Container[int], rows: Sequence[Sequence[str]]) -> str:
    """A table; `numbers`: the indices of right-aligned columns."""
    marks = ["---:" if i in numbers else "---" for i in range(len(columns))]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in (columns, marks, *rows))
