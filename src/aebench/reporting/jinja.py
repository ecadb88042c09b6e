"""Jinja templates, which lie in `templates/` of the package that renders them."""

import re
from importlib import resources
from typing import Any

from jinja2 import Environment, StrictUndefined

from aebench.reporting import markdown
from aebench.reporting.markdown import Markdown

FILTERS = (markdown.prose, markdown.code, markdown.url, markdown.cells, markdown.legend)


def render_markdown(package: str, name: str, **context: Any) -> Markdown:
    """A template as Markdown, without the blank lines that its loops leave.

    Whatever it puts in is escaped unless it is `Markdown`. FILTERS are explained in
    `markdown.py`. A table's rows must follow each other.
    """
    environment = _environment(finalize=markdown.escape)
    environment.filters |= {function.__name__: function for function in FILTERS}
    text = environment.from_string(_template(package, name)).render(**context)
    return Markdown(re.sub(r"\|\s*\n\n(?=\|)", "|\n", re.sub(r"\n{3,}", "\n\n", text)))


def render_html(package: str, name: str, **context: Any) -> str:
    """A template as HTML, in which strings of the context are escaped."""
    return _environment(autoescape=True).from_string(_template(package, name)).render(**context)


def _environment(**options: Any) -> Environment:
    return Environment(undefined=StrictUndefined, keep_trailing_newline=True, **options)


def _template(package: str, name: str) -> str:
    return resources.files(package).joinpath("templates", name).read_text(encoding="utf-8")
