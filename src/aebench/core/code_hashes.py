"""Hashes of the code that results depend on, by module.

They are of the syntax trees, without comments, docstrings and formatting.
"""

import ast
import hashlib
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from aebench.core import plugins
from aebench.core.schema import Section

PACKAGE = "aebench"
ROOT = Path(__file__).parents[1]
PLUGIN = "plug-in "
# Modules on which no result depends: they read, check, name, show and log, but compute nothing.
# Modules that only they import are left out, too.
PERIPHERAL = (
    "aebench.commands.arguments",
    "aebench.cli",
    "aebench.core.code_hashes",
    "aebench.core.counts",
    "aebench.core.errors",
    "aebench.experiments.check",
    "aebench.core.files",
    "aebench.core.limits",
    "aebench.core.memory",
    "aebench.core.overrides",
    "aebench.config.params",
    "aebench.core.paths",
    "aebench.core.plugins",
    "aebench.core.progress",
    "aebench.core.registry",
    "aebench.core.schema",
    "aebench.core.sealed",
    "aebench.tracking",
    "aebench.training.runs",
)
# The modules that every training uses.
CORE = ("aebench.training.train",)


def of_run(sections: Iterable[Section]) -> dict[str, str]:
    """The hash of each module that a training with these sections uses, by module name."""
    return hashes(closure([*CORE, *modules_of(sections)]))


def modules_of(sections: Iterable[Section]) -> list[str]:
    """The modules that define these sections and their nested ones."""
    return sorted(
        {type(part).__module__ for section in sections for part in plugins.parts(section)}
    )


def hashes(names: Iterable[str]) -> dict[str, str]:
    """The current hash of each module; empty for a module that no longer exists."""
    return {name: _hash(name) for name in sorted(names)}


def changed(recorded: Mapping[str, str]) -> list[str]:
    """The modules whose code has changed since `recorded`."""
    return [name for name, value in recorded.items() if _hash(name) != value]


def digest(names: Iterable[str]) -> str:
    """One hash of these modules and their names."""
    text = repr(sorted(hashes(names).items()))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def closure(names: Iterable[str]) -> set[str]:
    """These modules and all that they import, also in functions; without the peripheral ones."""
    visited: set[str] = set()
    queue = list(names)
    while queue:
        name = _label(queue.pop())
        if name in visited or _peripheral(name):
            continue
        visited.add(name)
        queue += _imports(name)
    return visited


def _peripheral(name: str) -> bool:
    return any(name == module or name.startswith(f"{module}.") for module in PERIPHERAL)


def _label(name: str) -> str:
    """The module's name; for all modules of a plug-in, the plug-in's label."""
    if name.startswith((PLUGIN, PACKAGE + ".")) or name == PACKAGE:
        return name
    for plugin in plugins.LOADED.values():
        if name.partition(".")[0] == plugin.module.__name__.partition(".")[0]:
            return PLUGIN + plugin.name
    return name


def _sources(name: str) -> tuple[Path, ...]:
    if name.startswith(PLUGIN):
        plugin = plugins.LOADED.get(name.removeprefix(PLUGIN))
        return tuple(plugin.sources) if plugin else ()
    return _own_sources(ROOT, name)


@cache
def _own_sources(root: Path, name: str) -> tuple[Path, ...]:
    path = root.joinpath(*name.split(".")[1:])
    for file in (path.with_suffix(".py"), path / "__init__.py"):
        if file.is_file():
            return (file,)
    return ()


# Read once: edits made while a process trains do not change the code that it runs.
@cache
def _trees(files: tuple[Path, ...]) -> tuple[ast.Module, ...]:
    return tuple(ast.parse(file.read_text(encoding="utf-8")) for file in files)


def _hash(name: str) -> str:
    files = _sources(name)
    return _hash_of(files) if files else ""


@cache
def _hash_of(files: tuple[Path, ...]) -> str:
    text = repr([_shape(tree) for tree in _trees(files)])
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _imports(name: str) -> tuple[str, ...]:
    return _imports_of(_sources(name))


@cache
def _imports_of(files: tuple[Path, ...]) -> tuple[str, ...]:
    names: list[str] = []
    for tree in _trees(files):
        for node in _executed(tree):
            if isinstance(node, ast.Import):
                names += [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                inner = [f"{node.module}.{alias.name}" for alias in node.names]
                names += [name if _is_module(name) else node.module for name in inner]
    return tuple(dict.fromkeys(name for name in names if _is_module(name)))


def _executed(node: ast.AST) -> Iterable[ast.AST]:
    """All nodes except those under `if TYPE_CHECKING`."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING":
            continue
        yield child
        yield from _executed(child)


def _is_module(name: str) -> bool:
    return name.partition(".")[0] == PACKAGE and bool(_sources(name))


def _shape(node: Any) -> Any:
    """A syntax tree as plain data, without empty fields, which differ between Python versions."""
    if isinstance(node, list):
        return [_shape(entry) for entry in node]
    if not isinstance(node, ast.AST):
        return node
    fields = {}
    for name, value in ast.iter_fields(node):
        if name == "body" and isinstance(node, DOCUMENTED):
            value = _without_docstring(value)
        if value not in (None, []) and name not in ("ctx", "type_comment", "kind"):
            fields[name] = _shape(value)
    return type(node).__name__, fields


DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


def _without_docstring(body: list[ast.stmt]) -> list[ast.stmt]:
    match body:
        case [ast.Expr(value=ast.Constant(value=str())), *rest]:
            return rest
    return body
