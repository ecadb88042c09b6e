"""Jinja templates, which lie in `templates/` of the package that renders them."""

import re
from importlib import resources
from typing import Any

from jinja2 import Environment, StrictUndefined


def render_markdown(package: str, name: str, **context: Any) -> str:
    """A template as Markdown, without the blank lines that its loops leave.

    A table's rows must follow each other.
    """
    text = _render(package, name, autoescape=False, context=context)
    return re.sub(r"\|\s*\n\n(?=\|)", "|\n", re.sub(r"\n{3,}", "\n\n", text))


def render_html(package: str, name: str, **context: Any) -> str:
    """A template as HTML, in which strings of the context are escaped."""
    return _render(package, name, autoescape=True, context=context)


def _render(package: str, name: str, autoescape: bool, context: dict[str, Any]) -> str:
    template = resources.files(package).joinpath("templates", name).read_text(encoding="utf-8")
    environment = Environment(
        undefined=StrictUndefined, keep_trailing_newline=True, autoescape=autoescape
    )
    return environment.from_string(template).render(**context)
