"""YAML of people's, whose nesting and aliases are measured before anything is made of them."""

import copy
from functools import lru_cache
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.composer import Composer
from ruamel.yaml.constructor import SafeConstructor
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import AliasEvent
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from aebench.core.errors import brief

# Levels of lists and mappings in each other; a recipe has about ten.
DEEPEST = 50
# Characters and entries, with everything written out that aliases stand for.
LARGEST = 1_000_000
# Digits of a whole number.
MOST_DIGITS = 1000
TAG = "tag:yaml.org,2002:"
# What JSON has, too, and dates, which stay text, as in the names of levels.
TAGS = [TAG + kind for kind in ("str", "int", "float", "bool", "null", "seq", "map", "merge")]
DATE = TAG + "timestamp"
NAMELESS = 'in "<unicode string>", '


def parse_yaml(text: str) -> Any:
    """The content of a YAML 1.2 document, in which `1e-3` is a number, as DVC reads it.

    Raises ValueError, which says what is wrong, also where the document is nested more than 50
    times, contains itself, or has more than a million characters with its aliases written out.
    """
    return copy.deepcopy(_parse(text))


# Parsing takes a tenth of a second a file, and commands on all studies read the same ones often.
@lru_cache(maxsize=64)
def _parse(text: str) -> Any:
    if len(text) > LARGEST:
        raise ValueError(f"{len(text)} characters; allowed: up to {LARGEST}")
    yaml = YAML(typ="safe", pure=True)
    yaml.Composer, yaml.Constructor = _MeasuringComposer, _PlainConstructor
    try:
        return yaml.load(text)
    except MarkedYAMLError as error:
        # Without the library's advice, and without its name for a file that it was given as text.
        parts = (error.context, error.problem, error.problem_mark or error.context_mark)
        text = "; ".join(str(part) for part in parts if part).replace(NAMELESS, "")
        raise ValueError(f"not valid YAML: {' '.join(text.split())}") from None
    except YAMLError as error:
        raise ValueError(f"not valid YAML: {' '.join(str(error).split())}") from None
    except _Refused as error:
        raise ValueError(str(error)) from None
    # Values that look like a date, a number or a tag but are none fail in the parts that convert
    # them, with whatever these raise.
    except Exception as error:
        raise ValueError(f"not valid YAML: {type(error).__name__}: {error}") from None


class _Refused(Exception):
    """The document is too deep or too large, or holds what nobody writes into such files."""


class _PlainConstructor(SafeConstructor):
    """Makes plain data of the nodes."""


_PlainConstructor.add_constructor(DATE, SafeConstructor.construct_yaml_str)


class _MeasuringComposer(Composer):
    """Builds the tree of nodes, in which an alias is the node that it stands for."""

    def __init__(self, loader: Any = None):
        super().__init__(loader=loader)
        self.depth = 0
        self.sizes: dict[Node, int] = {}

    def compose_node(self, parent: Any, index: Any) -> Any:
        alias = self.parser.check_event(AliasEvent)
        if self.depth == DEEPEST:
            raise _Refused(f"more than {DEEPEST} lists and mappings in each other")
        self.depth += 1
        node = super().compose_node(parent, index)
        self.depth -= 1
        if not alias:
            self.sizes[node] = self._size(node)
        elif node not in self.sizes:
            raise _Refused(f"the alias '{node.anchor}' stands for what it is in")
        if self.sizes[node] > LARGEST:
            raise _Refused(f"more than {LARGEST} characters with its aliases written out")
        return node

    def _size(self, node: Node) -> int:
        if str(node.tag) not in [*TAGS, DATE]:
            raise _Refused(f"{brief(node.tag)} is not allowed; allowed: what JSON has, too")
        if isinstance(node, MappingNode):
            return 1 + sum(self.sizes[part] for pair in node.value for part in pair)
        if isinstance(node, SequenceNode):
            return 1 + sum(self.sizes[part] for part in node.value)
        assert isinstance(node, ScalarNode)
        _check_scalar(node)
        return 1 + len(node.value)


def _check_scalar(node: ScalarNode) -> None:
    if any(c == "\0" or "\ud800" <= c <= "\udfff" for c in node.value):
        raise _Refused(f"{brief(ascii(node.value))} is no text")
    if str(node.tag).endswith(":int") and len(node.value) > MOST_DIGITS:
        raise _Refused(f"a number of {len(node.value)} digits; allowed: up to {MOST_DIGITS}")
