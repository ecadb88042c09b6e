"""Pages for a browser: Markdown, or HTML of a template, in the one frame that all pages have."""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from html import escape
from importlib import resources
from itertools import pairwise
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import unquote, urlsplit

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markupsafe import Markup

from aebench.core.files import write_text
from aebench.reporting.jinja import render_html
from aebench.reporting.markdown import anchor

PACKAGE = "aebench.reporting"
# Pages that lie beside their Markdown, so that links lead from page to page.
PAGES = ("claims.md", "index.md", "report.md")
# With fewer sections a page needs no list of them.
CONTENTS = 4


def page(text: str, path: Mapping[str, str] | None = None) -> str:
    """A Markdown text as a page with links to its pictures, whose tables sort and filter.

    `path`: name -> address of the pages above it, of all pages first.
    """
    title, body = _body(_parsed(text))
    return frame(title, body, path)


def write_page(path: Path, text: str, above: Mapping[str, str]) -> None:
    """Write a Markdown text to `path`, and beside it as a page for a browser."""
    write_text(path, text)
    write_text(path.with_suffix(".html"), page(text, above))


def self_contained(text: str, folder: Path, path: Mapping[str, str] | None = None) -> str:
    """A Markdown text as a page that holds its PNGs, which are below `folder`, and no script."""
    tokens = _parsed(text)
    for token in (part for block in tokens for part in block.children or ()):
        if token.type == "image":
            picture = (folder / unquote(str(token.attrs["src"]))).read_bytes()
            token.attrs["src"] = f"data:image/png;base64,{base64.b64encode(picture).decode()}"
    title, body = _body(tokens)
    return _framed(title, body, path, pictures="data:", script="")


def frame(title: str, body: Markup, path: Mapping[str, str] | None = None) -> str:
    """HTML as a page with links to its pictures, whose tables sort and filter."""
    script = resources.files(PACKAGE).joinpath("templates", "tables.js").read_text(encoding="utf-8")
    return _framed(title, body, path, pictures="'self' file: data:", script=script)


def _framed(
    title: str, body: Markup, path: Mapping[str, str] | None, pictures: str, script: str
) -> str:
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return render_html(
        PACKAGE,
        "page.html.j2",
        title=title,
        body=body,
        path=path or {},
        pictures=Markup(pictures),
        script=Markup(script),
        digest=f"sha256-{digest}",
    )


def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    parser.add_render_rule("table_open", _wide)
    parser.add_render_rule("table_close", _narrow)
    return parser


def _wide(renderer: RendererHTML, tokens: Sequence[Token], i: int, options: Any, env: Any) -> str:
    # A region that scrolls must be in reach of the keyboard, and so have a name.
    return '<div class="scroll" tabindex="0" role="region" aria-label="table">\n<table>\n'


def _narrow(renderer: RendererHTML, tokens: Sequence[Token], i: int, options: Any, env: Any) -> str:
    return "</table>\n</div>\n"


def _parsed(text: str) -> list[Token]:
    """The text, each heading with the name that links have for it, and links to pages."""
    tokens = _parser().parse(text)
    for heading, inline in pairwise(tokens):
        if heading.type == "heading_open":
            heading.attrSet("id", anchor(_plain(inline)))
    for token in (part for block in tokens for part in block.children or ()):
        if token.type == "link_open":
            token.attrSet("href", _to_page(str(token.attrs["href"])))
        elif token.type == "image":
            token.attrSet("loading", "lazy")
    return tokens


def _to_page(address: str) -> str:
    parts = urlsplit(address)
    if parts.scheme or PurePosixPath(parts.path).name not in PAGES:
        return address
    return parts._replace(path=parts.path.removesuffix(".md") + ".html").geturl()


def _body(tokens: list[Token]) -> tuple[str, Markup]:
    """Title and HTML, with a list of the sections after the title if there are many."""
    parser = _parser()
    # A heading's text is the token after that of its beginning, and then comes its end.
    title = _plain(tokens[1])
    head, rest = (
        parser.renderer.render(part, parser.options, {}) for part in (tokens[:3], tokens[3:])
    )
    sections = [
        f'<li><a href="#{heading.attrs["id"]}">{escape(_plain(inline))}</a></li>'
        for heading, inline in pairwise(tokens)
        if heading.type == "heading_open" and heading.tag == "h2"
    ]
    contents = f'<nav class="contents" aria-label="Contents"><ul>{"".join(sections)}</ul></nav>\n'
    return title, Markup(head + (contents if len(sections) >= CONTENTS else "") + rest)


def _plain(inline: Token) -> str:
    return "".join(part.content for part in inline.children or ())
