"""Overrides: nested settings merged into others; a key may be a dotted path."""

from typing import Any

# The keys that name a section's member, and the names that they have by default.
TAGS = (("name", None), ("net", "dense"))


def merge(base: dict[str, Any], over: dict[str, Any], names: str | None = None) -> dict[str, Any]:
    """`base` with the values of `over`; `{"a.b": 1}` means `{"a": {"b": 1}}`.

    A section with another `name` or `net` has other fields and replaces the old section. In a
    path, a number is an index into a list: `penalties.0.weight`.

    `names` is the path, with `*` for any key, of sections whose keys are hyperparameters' names and
    may contain dots; an entry of theirs replaces the old entry.
    """
    if names == "":
        return base | over
    merged = dict(base)
    for path, value in over.items():
        key, _, rest = str(path).partition(".")
        first, _, inner = (names or "").partition(".")
        below = inner if names and first in (key, "*") else None
        merged[key] = _merged_value(merged.get(key), {rest: value} if rest else value, below)
    return merged


def _merged_value(old: Any, value: Any, names: str | None) -> Any:
    if not isinstance(value, dict):
        return value
    if isinstance(old, list) and all(str(key).split(".")[0].isdigit() for key in value):
        entries = merge({str(i): entry for i, entry in enumerate(old)}, value)
        return list(entries.values())
    old = old if isinstance(old, dict) else {}
    renamed = any(key in value and value[key] != old.get(key, default) for key, default in TAGS)
    return merge({} if renamed else old, value, names)


def flatten(nested: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    """Nested dicts as one dict, keys joined by dots; lists are kept."""
    flat: dict[str, Any] = {}
    for key, value in nested.items():
        if isinstance(value, dict):
            flat |= flatten(value, f"{prefix}{key}.")
        else:
            flat[f"{prefix}{key}"] = value
    return flat
