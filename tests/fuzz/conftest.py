"""Odd values, and what must hold whatever people's files and arguments say."""

import contextlib
import copy
import json
import resource
import time
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import strategies as st

from aebench.core.errors import InputError

# Of CPU time, against hangs: examples take milliseconds, but threads of a loaded machine spin.
MOST_SECONDS = 30.0
MOST_BYTES = 2**29
LONGEST_LINE = 700
NUMBERS = [0, -1, 1, 2, 7, 2**31 - 1, 2**31, 2**63, 2**64, 10**30, -(10**30), 10**400]
FLOATS = [0.0, -0.0, 0.5, 1.0, 1e-300, 1e300, float("inf"), float("-inf"), float("nan")]
TEXTS = [
    "",
    " ",
    "a\nb",
    "\x1b[2J",
    "日本",
    "x" * 300,
    "../..",
    "/",
    "~nobody/x.py",
    "a.b.c",
    "{{x}}",
    "%s{0}",
    "1e-3",
]
Refuses = Callable[[Callable[[], object]], None]


def scalars() -> st.SearchStrategy[Any]:
    """Values of all kinds that a file may hold, above all those at the limits."""
    return st.one_of(
        st.none(),
        st.booleans(),
        st.sampled_from(NUMBERS),
        st.sampled_from(FLOATS),
        st.sampled_from(TEXTS),
        st.integers(),
        st.floats(),
        st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8),
    )


def odd_values() -> st.SearchStrategy[Any]:
    """Scalars, and lists and mappings of them."""
    return st.recursive(
        scalars(),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from(["name", "net", "0", "a.b", "", "x\ny"]), inner)
            | st.dictionaries(scalars().filter(lambda key: key == key), inner, max_size=2)
        ),
        max_leaves=5,
    )


def _places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The paths of all entries of nested mappings and lists."""
    if isinstance(value, dict | list):
        entries = value.items() if isinstance(value, dict) else enumerate(value)
        for key, inner in entries:
            yield (*path, key)
            yield from _places(inner, (*path, key))


@st.composite
def _changed(draw: st.DrawFn, original: Any) -> Any:
    """The content of a file with one to three of its entries changed, removed or moved."""
    content = copy.deepcopy(original)
    for _ in range(draw(st.integers(1, 3))):
        places = list(_places(content))
        if not places:
            break
        *path, key = draw(st.sampled_from(places))
        parent = content
        for step in path:
            parent = parent[step]
        match draw(st.sampled_from(["value", "remove", "rename", "add", "again", "other"])):
            case "value":
                parent[key] = draw(odd_values())
            case "remove":
                del parent[key]
            case "rename" if isinstance(parent, dict):
                parent[draw(scalars().filter(lambda key: key == key))] = parent.pop(key)
            case "add" if isinstance(parent, dict):
                parent[draw(st.sampled_from(["0", "name", "net", "x.y", "recipes.vae.model"]))] = (
                    draw(odd_values())
                )
            case "again" if isinstance(parent, list):
                parent.append(copy.deepcopy(parent[key]))
            case _:
                # What stands elsewhere in the file.
                *source, last = draw(st.sampled_from(places))
                value = content
                with contextlib.suppress(KeyError, IndexError, TypeError):
                    for step in (*source, last):
                        value = value[step]
                    parent[key] = copy.deepcopy(value)
    return content


@pytest.fixture(scope="session")
def changed() -> Callable[[Any], st.SearchStrategy[Any]]:
    """`changed(content)` gives contents like it with something wrong in them."""
    return _changed


@pytest.fixture(scope="session")
def damaged() -> Callable[[bytes], st.SearchStrategy[bytes]]:
    """`damaged(data)` gives these bytes cut, with some others, with some more or twice."""

    @st.composite
    def strategy(draw: st.DrawFn, data: bytes) -> bytes:
        changed = bytearray(data)
        for _ in range(draw(st.integers(1, 3))):
            # Headers stand at the beginning.
            at = draw(st.integers(0, min(len(changed), 200)) | st.integers(0, len(changed)))
            match draw(st.sampled_from(["cut", "flip", "insert", "drop", "again"])):
                case "cut":
                    del changed[at:]
                case "flip" if at < len(changed):
                    changed[at] ^= 1 << draw(st.integers(0, 7))
                case "insert":
                    changed[at:at] = draw(st.binary(max_size=9))
                case "drop":
                    del changed[at : at + draw(st.integers(1, 20))]
                case _:
                    changed += changed[at : at + 50]
        return bytes(changed)

    return strategy


@pytest.fixture(scope="session")
def fine_or_refused() -> Refuses:
    """`fine_or_refused(call)`: it returns, or raises InputError of one short line, and soon."""

    def check(call: Callable[[], object]) -> None:
        begun, before = time.process_time(), _peak()
        with warnings.catch_warnings():
            # A warning would be a line of its own.
            warnings.simplefilter("error", RuntimeWarning)
            warnings.simplefilter("error", UserWarning)
            try:
                call()
            except InputError as error:
                line = str(error)
                assert len(line.splitlines()) == 1 and line.isprintable(), line
                assert len(line) < LONGEST_LINE, line
        assert time.process_time() - begun < MOST_SECONDS
        assert _peak() - before < MOST_BYTES

    return check


def _peak() -> int:
    """The most memory that this process has taken, in bytes."""
    return 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


@pytest.fixture(scope="session")
def as_json() -> Callable[[Any], bytes]:
    """The content as a JSON file, with keys that are text."""
    return lambda content: json.dumps(content, skipkeys=True).encode()
