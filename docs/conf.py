"""Sphinx's settings: `make docs` builds docs/_build/html."""

import re
from pathlib import Path

from docutils import nodes
from latex2mathml.converter import convert
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.writers.html5 import HTML5Translator

from aebench import __version__

logger = logging.getLogger(__name__)

project = "aebench"
copyright = "the authors of aebench"
release = __version__
extensions = ["myst_parser"]
exclude_patterns = ["_build"]
html_math_renderer = "mathml"
html_theme = "furo"
html_title = "aebench"
# Headings down to the third level can be linked to.
myst_heading_anchors = 3
myst_enable_extensions = ["dollarmath", "amsmath"]

DOCS = Path(__file__).parent
ROOT = DOCS.parent
LINK = re.compile(r"(?<!!)\[([^\]]*)\]\(((?!\w+:|#)[^)\s]+)\)")


def link_files(app: Sphinx, page: str, source: list[str]) -> None:
    """Links out of docs/ lead to the files of this repository, and to pages where they are some."""
    up = "../" * (page.count("/") + 3)

    def link(found: re.Match[str]) -> str:
        text, (path, hash, fragment) = found[1], found[2].partition("#")
        target = ((DOCS / page).parent / path).resolve()
        if target.is_relative_to(DOCS):
            return found[0]
        if not target.exists():
            logger.warning("no such file: %s", path, location=page)
        if target.with_suffix(".html").exists():
            target = target.with_suffix(".html")
        return f'<a href="{up}{target.relative_to(ROOT)}{hash}{fragment}">{text}</a>'

    source[0] = LINK.sub(link, source[0])


def visit_math(translator: HTML5Translator, node: nodes.math) -> None:
    """Formulas as MathML, which browsers draw without a script from elsewhere."""
    display = "block" if isinstance(node, nodes.math_block) else "inline"
    translator.body.append(convert(node.astext(), display=display))
    raise nodes.SkipNode


def setup(app: Sphinx) -> None:
    app.add_html_math_renderer("mathml", (visit_math, None), (visit_math, None))
    app.connect("source-read", link_files)
