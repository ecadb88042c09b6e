"""Plug-ins: files and packages named by `plugins` of params.yaml, which add members to kinds.

A plug-in runs with all rights of its user, so only those that the user names are imported: models
and runs on disk state the plug-ins they need by name, never by path.
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

from aebench.core.errors import InputError
from aebench.core.files import read_yaml
from aebench.core.paths import PARAMS
from aebench.core.registry import KINDS, Kind, NameTaken
from aebench.core.schema import Section, parse
from aebench.core.stops import Stopped

PACKAGE = "aebench"
GROUP = "aebench.plugins"
# Prefix of the module names of files, so that they hide no other module.
MODULE = "aebench_plugin_"


@dataclass(frozen=True)
class Plugin:
    """A loaded plug-in; `reference` is a path or an entry point, as the user gave it.

    `name` is the file's name without .py, or that of the entry point.
    """

    name: str
    reference: str
    module: ModuleType

    @property
    def is_file(self) -> bool:
        """Whether it is a file rather than an installed package."""
        return self.module.__name__.startswith(MODULE)

    @property
    def members(self) -> list[type[Kind]]:
        """The members that it has registered."""
        return [
            member
            for kind in KINDS.values()
            for member in dict.fromkeys(kind.members.values())
            if self.defines(member)
        ]

    def defines(self, cls: type) -> bool:
        """Whether it defines a class, in any module of its package."""
        top = self.module.__name__.partition(".")[0]
        return cls.__module__.partition(".")[0] == top

    @property
    def sources(self) -> list[Path]:
        """The files of its code; for a package, all of them."""
        file = Path(self.module.__file__ or "")
        if self.is_file:
            return [file]
        top = sys.modules[self.module.__name__.partition(".")[0]]
        if getattr(top, "__path__", None):
            return sorted(path for folder in top.__path__ for path in Path(folder).rglob("*.py"))
        return [file]


LOADED: dict[str, Plugin] = {}


def load(reference: str) -> Plugin:
    """Import a file that ends in .py, or the entry point `aebench.plugins` of this name.

    A plug-in is loaded once. Raises InputError, which names the plug-in and its mistake.
    """
    name = name_of(reference)
    if name in LOADED:
        if not _same(LOADED[name], reference):
            raise InputError(
                reference,
                f"another plug-in has the name '{name}', {LOADED[name].reference}",
                "another name",
            )
        return LOADED[name]
    try:
        with _one_line_errors(reference):
            module = (_file if reference.endswith(".py") else _entry)(reference)
            plugin = Plugin(name, reference, module)
            # Import the built-in members of its kinds, whose names a plug-in must not take.
            for kind in {member.kind for member in plugin.members}:
                KINDS[kind].known()
        _check(plugin)
    except InputError:
        _forget(f"{MODULE}{name}")
        raise
    LOADED[name] = plugin
    return plugin


def _same(plugin: Plugin, reference: str) -> bool:
    """Whether `reference` names a loaded plug-in; a file with the same content is the same."""
    if plugin.reference == reference:
        return True
    path = Path(reference).expanduser()
    return plugin.is_file and path.is_file() and path.read_bytes() == plugin.sources[0].read_bytes()


def _forget(module: str) -> None:
    """Unregister the members of a module."""
    sys.modules.pop(module, None)
    for kind in KINDS.values():
        kind.members = {name: cls for name, cls in kind.members.items() if cls.__module__ != module}


def load_all(references: Iterable[str]) -> None:
    """Load several plug-ins; raises InputError."""
    for reference in references:
        load(reference)


def owner(cls: type) -> Plugin | None:
    """The plug-in that defines a class, if any."""
    return next((plugin for plugin in LOADED.values() if plugin.defines(cls)), None)


def used_by(sections: Iterable[Any]) -> list[str]:
    """The names of the plug-ins that define these sections or nested ones."""
    owners = (owner(type(part)) for section in sections for part in parts(section))
    return sorted({plugin.name for plugin in owners if plugin})


def parts(value: Any) -> Iterator[Section]:
    """A section and all sections nested in it."""
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
    """Load the plug-ins of these names, if the user has named them.

    The user names them in `references`, or in `plugins` of a params.yaml in the current folder.
    Raises InputError, which begins with `source`, for a plug-in that is not named.
    """
    missing = [name for name in names if name not in LOADED]
    if not missing:
        return
    named = _by_name(references)
    for name in missing:
        reference = named.get(name) or _of_project().get(name)
        if reference is None:
            raise InputError(
                source,
                f"needs the plug-in '{name}', which nobody has named",
                "its file or package in `plugins` of params.yaml, or in "
                "aebench.load(..., plugins=[...])",
            )
        load(reference)


def restore(reference: str, kind: str, value: dict[str, Any]) -> Kind:
    """A plug-in's section from plain data; loads the plug-in if this process has not."""
    load(reference)
    return parse(KINDS[kind], value, reference)


def blame(error: BaseException) -> str | None:
    """One line that says in which plug-in and line an error was raised; None for other code."""
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
    """Raise InputError if a tensor that a plug-in's member computed has another shape."""
    shape = tuple(getattr(output, "shape", ()))
    if shape != expected:
        plugin = owner(type(member))
        source = plugin.reference if plugin else PACKAGE
        raise InputError(
            source,
            f"{member.kind} '{member.member_name}' gives {_sizes(shape) or type(output)}; "
            f"expected {_sizes(expected)}",
        )


def _sizes(shape: tuple[int, ...]) -> str:
    return " x ".join(map(str, shape))


def _of_project() -> dict[str, str]:
    references = named_in(read_yaml(PARAMS), PARAMS) if PARAMS.exists() else []
    return _by_name(references)


def named_in(raw: Any, path: Path) -> list[str]:
    """The plug-ins that a file's content names; raises InputError if they are not a list."""
    given = raw.get("plugins", []) if isinstance(raw, dict) else []
    return parse(list[str], given, f"{path}: plugins")


def name_of(reference: str) -> str:
    """A plug-in's name: its file's name without .py, or that of its entry point."""
    return Path(reference).stem if reference.endswith(".py") else reference


def _by_name(references: Iterable[str]) -> dict[str, str]:
    return {name_of(reference): reference for reference in references}


def _file(reference: str) -> ModuleType:
    path = Path(reference).expanduser()
    if not path.is_file():
        raise InputError(reference, "no such file")
    name = f"{MODULE}{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    # A path that ends in .py has a loader.
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def _entry(reference: str) -> ModuleType:
    entries = metadata.entry_points(group=GROUP, name=reference)
    if not entries:
        installed = sorted(entry.name for entry in metadata.entry_points(group=GROUP))
        raise InputError(
            "plugins",
            f"'{reference}' is no installed plug-in",
            ", ".join(["a file that ends in .py", *installed]),
        )
    (entry,) = entries
    entry.load()
    return sys.modules[entry.module]


class _one_line_errors:
    """Turns errors raised by the import of a plug-in into InputError."""

    def __init__(self, reference: str):
        self.reference = reference

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        if error is None or isinstance(error, KeyboardInterrupt | Stopped | InputError):
            return
        if isinstance(error, SyntaxError):
            reason = f"line {error.lineno}: {error.msg}"
        elif isinstance(error, NameTaken):
            (other,) = {name for name in error.modules if not name.startswith(MODULE)} or {"it"}
            reason = (
                f"the {error.kind} '{error.name}' is there already, in {other}; allowed: another "
                "name"
            )
        else:
            text = " ".join(str(error).split())[:200]
            reason = f"{_line(trace)}{type(error).__name__}: {text}"
        raise InputError(self.reference, reason) from None


def _line(trace: Any) -> str:
    """The line of the plug-in in which an error was raised, as `line N: `; empty if in none."""
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
        raise InputError(
            plugin.reference,
            "adds nothing",
            "subclasses of a kind, such as Encoder or Optimizer, whose name (or net, or source) is "
            "a Literal",
        )
    for member in plugin.members:
        if lacks := member.lacks():
            raise InputError(
                f"{plugin.reference}: {member.kind} {member.__name__}: {', '.join(lacks)} is "
                f"missing; {_asks(member, lacks[0])} says what it does"
            )


def _asks(member: type[Kind], name: str) -> str:
    """The kind or role whose docstring describes a missing method."""
    bases = [base for base in member.__mro__ if name in vars(base)]
    base = bases[0] if bases else KINDS[member.kind]
    return f"{base.__name__} in {base.__module__}"
