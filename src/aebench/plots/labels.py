"""Names of people's in pictures: short, in one line, and of letters that the font has."""

from collections import Counter
from collections.abc import Iterable, Mapping
from functools import cache
from itertools import count

from matplotlib.font_manager import FontProperties, findfont, get_font

# Letters of a name; more would cover other panels.
LONGEST = 40


def short_labels(names: Iterable[str], kind: str, longest: int = LONGEST) -> dict[str, str]:
    """Each name -> its label in pictures, which no other name has.

    The name itself if it is fit for it; a long one with an ellipsis in its middle; otherwise, such
    as for letters that the font lacks, `kind` and a number in the order of the names: `class 3`.
    """
    ordered = sorted(set(names))
    shown = {name: _shortened(name, longest) for name in ordered if _can_be_drawn(name)}
    uses = Counter(shown.values())
    result = {name: label for name, label in shown.items() if uses[label] == 1}
    numbered = (f"{kind} {i}" for i in count(1) if f"{kind} {i}" not in uses)
    return result | {name: next(numbered) for name in ordered if name not in result}


def other_names(labels: Mapping[str, str]) -> dict[str, str]:
    """Label -> name, of those that differ: what the page beside the picture has to say."""
    return {label: name for name, label in labels.items() if label.strip() != name}


def _shortened(name: str, longest: int) -> str:
    if len(name) > longest:
        name = f"{name[: longest // 2]}…{name[1 - longest // 2 :]}"
    # matplotlib leaves labels out of legends that begin with an underscore.
    return f" {name}" if name.startswith("_") else name


def _can_be_drawn(name: str) -> bool:
    return bool(name.strip()) and name.isprintable() and all(map(_has_glyph, name))


@cache
def _has_glyph(letter: str) -> bool:
    return get_font(findfont(FontProperties())).get_char_index(ord(letter)) != 0
