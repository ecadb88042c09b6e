"""Run the checks of a plug-in's members."""

import contextlib
import importlib
import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from aebench.contract import common
from aebench.core import plugins
from aebench.core.errors import InputError
from aebench.core.registry import Kind
from aebench.core.schema import parse
from aebench.core.seeding import seeded


@dataclass(frozen=True)
class Result:
    """The result of a member's check; `fault` is empty if it passed."""

    member: str
    check: str
    fault: str = ""

    def __str__(self) -> str:
        line = f"{'FAULT' if self.fault else 'ok   '}  {self.member}: {self.check}"
        return f"{line}: {self.fault}" if self.fault else line


def test_plugin(reference: str) -> Iterator[Result]:
    """Yield the results of all checks; raises InputError where the plug-in cannot be loaded."""
    for member in plugins.load(reference).members:
        yield from check_member(member)


def check_member(member: type[Kind]) -> Iterator[Result]:
    """Yield the results of all checks of a member, made from its defaults and `example`."""
    name = next(name for name, cls in member.members.items() if cls is member)
    label = f"{member.kind} '{name}'"
    given = {member.tag: name, **getattr(member, "example", {})}
    try:
        section = parse(member, given, "example")
    except InputError as error:
        fault = f"{error}; a field without a default needs a value in `example: ClassVar[dict]`"
        yield Result(label, "can be made from its defaults and its `example`", fault)
        return
    for check in [*_checks(common), *_checks(_module(member.kind))]:
        title = (inspect.getdoc(check) or check.__name__).splitlines()[0].rstrip(".")
        with contextlib.suppress(common.NotApplicable):
            yield Result(label, title, _fault(check, section))


def _module(kind: str) -> ModuleType:
    return importlib.import_module(f"aebench.contract.{kind}")


def _checks(module: ModuleType) -> list[Callable[[Any], None]]:
    return [
        value
        for name, value in vars(module).items()
        if name.startswith("check_") and value.__module__ == module.__name__
    ]


def _fault(check: Callable[[Any], None], section: Kind) -> str:
    try:
        with seeded("contract", check.__name__):
            check(section)
    except common.NotApplicable:
        raise
    except AssertionError as error:
        return str(error) or "failed"
    # A plug-in may raise anything; the other checks go on.
    except Exception as error:
        text = " ".join(str(error).split())[:300]
        return plugins.blame(error) or f"{type(error).__name__}: {text}"
    return ""
