"""Plug-ins: other people's files and packages, which `plugins` of params.yaml names.

A plug-in is code, and runs with all that its user may do. Nothing is imported that nobody has
named: models and runs on disk say which plug-ins they need by name, never by a path.
"""

import importlib
import importlib.util
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from types import ModuleType
from typing import Any

from aebench.errors import InputError
from aebench.registry import KINDS, Kind, NameTaken
from aebench.schema import Section, parse

GROUP = "aebench.plugins"
# A file's module: in a namespace of its own, so that it hides no other module.
MODULE = "aebench_plugin_"


@dataclass(frozen=True)
class Plugin:
    """A plug-in that is loaded; `reference` is how the user has named it.

    `name` is that of its file without .py, or of its entry point.
    """

    name: str
    reference: str
    module: ModuleType

    @property
    def members(self) -> list[type[Kind]]:
        """What it has registered."""
        return [
            member
            for kind in KINDS.values()
            for member in dict.fromkeys(kind.members.values())
            if self.defines(member)
        ]

    def defines(self, cls: type) -> bool:
        """Whether a class comes from it, a package's modules included."""
        top = self.module.__name__.partition(".")[0]
        return cls.__module__.partition(".")[0] == top

    @property
    def sources(self) -> list[Path]:
        """The files of its code: of a package all of them."""
        file = Path(self.module.__file__ or "")
        if self.module.__name__.startswith(MODULE):
            return [file]
        top = sys.modules[self.module.__name__.partition(".")[0]]
        if getattr(top, "__path__", None):
            return sorted(path for folder in top.__path__ for path in Path(folder).rglob("*.py"))
        return [file]


LOADED: dict[str, Plugin] = {}


def load(reference: str) -> Plugin:
    """Import a file that ends in .py, or the entry point `aebench.plugins` of this name.

    What is loaded already stays as it is. Raises InputError, one line that names the plug-in and
    what is wrong with it.
    """
    name = Path(reference).stem if reference.endswith(".py") else reference
    if name in LOADED:
        if LOADED[name].reference != reference:
            raise InputError(
                f"{reference}: another plug-in has the name '{name}', {LOADED[name].reference}; "
                "allowed: another name"
            )
        return LOADED[name]
    before = {kind: dict(cls.members) for kind, cls in KINDS.items()}
    try:
        # First, so that a name that is taken is the plug-in's fault and not the package's.
        for kind in KINDS.values():
            kind.known()
        module = _import_file(reference) if reference.endswith(".py") else _import_entry(reference)
        plugin = Plugin(name, reference, module)
        _check(plugin)
    except BaseException:
        for kind, members in before.items():
            KINDS[kind].members = members
        sys.modules.pop(f"{MODULE}{name}", None)
        raise
    LOADED[name] = plugin
    return plugin


def load_all(references: Iterable[str]) -> None:
    """Load each; raises InputError."""
    for reference in references:
        load(reference)


def owner(cls: type) -> Plugin | None:
    """The plug-in that a class comes from."""
    return next((plugin for plugin in LOADED.values() if plugin.defines(cls)), None)


def used_by(sections: Iterable[Any]) -> list[str]:
    """The names of the plug-ins whose members are among these sections or within them."""
    owners = (owner(type(part)) for section in sections for part in parts(section))
    return sorted({plugin.name for plugin in owners if plugin})


def parts(value: Any) -> Iterator[Section]:
    """A section and all sections within it."""
    if isinstance(value, Section):
        yield value
        for _, inner in value:
            yield from parts(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from parts(inner)
    elif isinstance(value, dict):
        for inner in value.values():
            yield from parts(inner)


def need(names: Sequence[str], source: str, references: Sequence[str] = ()) -> None:
    """Load the plug-ins of these names from what the user has named.

    That is `references`, and `plugins` of a params.yaml in the current folder. Raises InputError,
    which begins with `source`, where one is named nowhere.
    """
    missing = [name for name in names if name not in LOADED]
    if not missing:
        return
    named = {Path(one).stem if one.endswith(".py") else one: one for one in references}
    for name in missing:
        reference = named.get(name) or _of_project().get(name)
        if reference is None:
            raise InputError(
                f"{source}: needs the plug-in '{name}', which nobody has named; allowed: its file "
                "or package in `plugins` of params.yaml, or in aebench.load(..., plugins=[...])"
            )
        load(reference)


def restore(reference: str, kind: str, value: dict[str, Any]) -> Kind:
    """A plug-in's section from plain data, in a process that may not have loaded it yet."""
    load(reference)
    return parse(KINDS[kind], value, reference)


def blame(error: BaseException) -> str | None:
    """One line that names the plug-in that an error was raised in, and where; None: in none."""
    frames = []
    trace = error.__traceback__
    while trace is not None:
        frames.append((trace.tb_frame.f_globals.get("__name__", ""), trace.tb_lineno))
        trace = trace.tb_next
    for module, line in reversed(frames):
        top = module.partition(".")[0]
        for plugin in LOADED.values():
            if plugin.module.__name__.partition(".")[0] == top:
                text = " ".join(str(error).split())[:200]
                kind = type(error).__name__
                return (
                    f"{plugin.reference}: line {line}: {kind}: {text}; "
                    f"`aebench test-plugin {plugin.reference}` says what is expected"
                )
    return None


def expect_shape(member: Kind, output: Any, expected: tuple[int, ...]) -> None:
    """Raise InputError, which names a plug-in, where a tensor of its making has another shape."""
    shape = tuple(getattr(output, "shape", ()))
    if shape != expected:
        plugin = owner(type(member))
        name = getattr(member, member.tag)
        raise InputError(
            f"{plugin.reference}: {member.kind} '{name}' gives {_sizes(shape) or type(output)}; "
            f"expected {_sizes(expected)}"
        )


def _sizes(shape: tuple[int, ...]) -> str:
    return " x ".join(map(str, shape))


def _of_project() -> dict[str, str]:
    from aebench.params import PARAMS, plugins_of, read_yaml

    references = plugins_of(read_yaml(PARAMS), PARAMS) if PARAMS.exists() else []
    return {Path(one).stem if one.endswith(".py") else one: one for one in references}


def _import_file(reference: str) -> ModuleType:
    path = Path(reference).expanduser()
    if not path.is_file():
        raise InputError(f"{reference}: no such file")
    name = f"{MODULE}{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    with _explained(reference):
        spec.loader.exec_module(module)
    return module


def _import_entry(reference: str) -> ModuleType:
    found = metadata.entry_points(group=GROUP, name=reference)
    if not found:
        there = ", ".join(sorted(entry.name for entry in metadata.entry_points(group=GROUP)))
        raise InputError(
            f"plugins: '{reference}' is no installed plug-in; allowed: a file that ends in .py"
            + (f", {there}" if there else "")
        )
    with _explained(reference):
        (entry,) = found
        entry.load()
        return sys.modules[entry.module]


class _explained:
    """Turns what a plug-in's import raises into one line."""

    def __init__(self, reference: str):
        self.reference = reference

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        if error is None or isinstance(error, KeyboardInterrupt | InputError):
            return
        if isinstance(error, SyntaxError):
            reason = f"line {error.lineno}: {error.msg}"
        elif isinstance(error, NameTaken):
            reason = f"{error}; allowed: another name"
        else:
            text = " ".join(str(error).split())[:200]
            reason = f"{_line(trace)}{type(error).__name__}: {text}"
        raise InputError(f"{self.reference}: {reason}") from None


def _line(trace: Any) -> str:
    """Where in the plug-in an error comes from."""
    line = ""
    while trace is not None:
        if Path(trace.tb_frame.f_code.co_filename).name != Path(__file__).name:
            name = trace.tb_frame.f_globals.get("__name__", "")
            if name.startswith(MODULE):
                line = f"line {trace.tb_lineno}: "
        trace = trace.tb_next
    return line


def _check(plugin: Plugin) -> None:
    if not plugin.members:
        kinds = ", ".join(sorted(KINDS))
        raise InputError(
            f"{plugin.reference}: defines nothing; allowed: a subclass of one of {kinds}"
        )
    for member in plugin.members:
        if lacks := member.lacks():
            raise InputError(
                f"{plugin.reference}: {member.kind} {member.__name__}: {', '.join(lacks)} is "
                f"missing; {KINDS[member.kind].__name__} in {KINDS[member.kind].__module__} says "
                "what it does"
            )
