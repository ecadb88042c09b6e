"""Write the pages of docs/reference that follow from the code: commands, settings, metrics."""

import argparse
import json
import re
from collections.abc import Iterable
from inspect import cleandoc
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic.fields import FieldInfo

from aebench.cli import parser
from aebench.config.params import Evaluate, Params, Recipes
from aebench.core.registry import KINDS, Kind
from aebench.core.schema import Section
from aebench.experiments.recipe import Pretraining, Recipe
from aebench.measures.base import Measure
from aebench.reporting.glossary import MEANINGS
from aebench.reporting.markdown import anchor, escape
from aebench.reporting.published import Published
from aebench.studies.config import Adjustment, Claim, Span, Study, Tune
from aebench.sweeps.config import Domain, Hyperband, Median, Sampler, Selection, Sweep
from aebench.training.config import Diagnostics, Training
from aebench.zoo import cards

FOLDER = Path(__file__).parent / "reference"
WORDS = {
    int: "whole number",
    float: "number",
    bool: "true or false",
    str: "text",
    NoneType: "null",
    Any: "anything",
}
MADE = "Written by `make reference` from the code."


def commands() -> str:
    """`aebench --help`, and that of each command."""
    top = parser()
    (subparsers,) = (a for a in top._actions if isinstance(a, argparse._SubParsersAction))
    pages = [f"# Commands\n\n{MADE}\n\n```text\n{top.format_help()}```\n"]
    for name, one in subparsers.choices.items():
        pages.append(f"## {name}\n\n```text\n{one.format_help()}```\n")
    return "\n".join(pages)


def settings() -> str:
    """The sections of params.yaml, studies and sweeps, and all that they can name."""
    sections = (
        *(Params, Recipes, Evaluate, Recipe, Pretraining, Training, Diagnostics),
        *(Study, Adjustment, Tune, Span, Claim, Published),
        *(Sweep, Domain, Sampler, Median, Hyperband, Selection),
    )
    pages = [
        f"# Settings\n\n{MADE} The files themselves, with their reasons: `params.yaml`, "
        "`studies/base.yaml`. What stands here as *required* has no default.\n",
        *(_section(section.__name__, section) for section in sections),
        "## What can be named\n\nEach by its name in a mapping, such as `{name: adamw, lr: 1e-3}`, "
        "and yours too ([how](../how-to/own-code.md)).\n",
    ]
    for kind, base in sorted(KINDS.items()):
        pages.append(f"### {kind}\n")
        for name, member in sorted(base.known().items()):
            pages.append(_member(name, member))
    return "\n".join(pages)


def metrics() -> str:
    """What the columns of reports, studies and MLflow are."""
    rows = list(MEANINGS.items())
    for _, measure in sorted(Measure.known().items()):
        rows += measure.glossary.items()
    # Some are of several measures.
    once = dict.fromkeys(rows)
    lines = [f"| `{_readable(name)}` | {escape(text.replace('{}', '*'))} |" for name, text in once]
    head = "| metric | what it is |\n| --- | --- |\n"
    about = "An arrow says which direction is better; `*` stands for a part, a class or the like.\n"
    return f"# Metrics\n\n{MADE} {about}\n{head}{chr(10).join(lines)}\n"


def _section(title: str, section: type[Section]) -> str:
    return f"## {title}\n\n{_about(section)}\n\n{_fields(section)}\n"


def _member(name: str, member: type[Kind]) -> str:
    fields = _fields(member, without=member.tag)
    return f"**`{member.tag}: {name}`** {_about(member)}\n\n{fields}\n"


def _about(section: type[Section]) -> str:
    return escape(cleandoc(section.__doc__ or "").replace("\n", " ")).replace("\\`", "`")


def _fields(section: type[Section], without: str = "") -> str:
    rows = [
        f"| `{name}` | {_takes(field)} | {_default(field)} |"
        for name, field in section.model_fields.items()
        if name != without
    ]
    return "\n".join(["| key | takes | default |", "| --- | --- | --- |", *rows]) if rows else ""


def _takes(field: FieldInfo) -> str:
    return _words(field.annotation) + _bounds(field.metadata)


def _words(kind: Any) -> str:
    """A type in words: `list of whole numbers above 0`."""
    origin, inner = get_origin(kind), get_args(kind)
    if origin is Annotated:
        bare, *marks = inner
        return _words(bare) + _bounds(marks)
    if origin is Literal:
        return ", ".join(f"`{value}`" for value in inner)
    if origin in (Union, UnionType):
        return " or ".join(map(_words, inner))
    if origin in (list, tuple):
        return f"list: {_words(inner[0])}"
    if origin is dict:
        return f"mapping: {_words(inner[1])}"
    if isinstance(kind, type) and issubclass(kind, Kind):
        return f"[{kind.kind}](#{anchor(kind.kind)})"
    return WORDS.get(kind, f"`{getattr(kind, '__name__', kind)}`")


def _bounds(marks: Iterable[Any]) -> str:
    """The limits that are worth telling, of a field's or a type's metadata."""
    told = []
    for mark in (part for one in marks for part in getattr(one, "metadata", [one])):
        for name, sign in (("gt", ">"), ("ge", "≥"), ("lt", "<"), ("le", "≤")):
            value = getattr(mark, name, None)
            # Larger ones are those of the computer.
            if value is not None and value < 2**31 - 1:
                told.append(f" {sign} {value:g}")
    return ",".join(told)


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "*required*"
    value = field.get_default(call_default_factory=True)
    if isinstance(value, Section):
        value = value.model_dump()
    return f"`{json.dumps(value, default=str)}`".replace("|", "or")


def _readable(pattern: str) -> str:
    """A regular expression of names as a name with `*` in it."""
    name = re.sub(r"\((?:[^()]|\([^()]*\))*\)[?*+]?|\[[^]]*\][?*+]?|\\.[?*+]?|\.[*+]", "*", pattern)
    return re.sub(r"\*+", "*", name).replace("|", "or")


def models() -> str:
    """The cards of the models that come with the package."""
    head = (
        "| name | model | data set | measured on its test images | 95 % interval |\n"
        "| --- | --- | --- | ---: | ---: |\n"
    )
    lines, details = [], []
    for name in cards.names():
        card = cards.card(name)
        metric = f"{cards.METRICS[card.metric]}: {card.number:g}"
        interval = f"{card.low:g} to {card.high:g}"
        lines.append(f"| `{name}` | {card.about} | {card.dataset} | {metric} | {interval} |")
        details.append(
            f"## {name}\n\nTrained on {card.data}. Licence of the data: {card.licence}. To train "
            f"it again:\n\n<!-- not run: minutes -->\n```sh\n{card.command}\n```\n"
        )
    about = (
        'Models that come with the package: `aebench.load("mnist-vae")`, and these names in every '
        "command. Each is one training, of seed 0, its weights rounded to half precision; the "
        "number is of these weights, and the interval says what other test images would change, or "
        "other patches of the same photographs; not what another training would.\n"
    )
    table = head + "\n".join(lines)
    return f"# Models that come along\n\n{MADE} {about}\n{table}\n\n{chr(10).join(details)}"


PAGES = {
    "commands.md": commands,
    "settings.md": settings,
    "metrics.md": metrics,
    "models.md": models,
}


def main() -> None:
    for name, page in PAGES.items():
        (FOLDER / name).write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
