"""Overrides: nested settings laid over others; a key may be a dotted path."""

from typing import Any


def merge(base: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    """`base` with the values of `over`; `{"a.b": 1}` means `{"a": {"b": 1}}`.

    A section with another `name` has other knobs: it replaces the old one whole.
    """
    merged = dict(base)
    for path, value in over.items():
        key, _, rest = str(path).partition(".")
        if rest:
            value = {rest: value}
        old = merged.get(key)
        if isinstance(old, dict) and isinstance(value, dict):
            renamed = "name" in value and value["name"] != old.get("name")
            merged[key] = merge({} if renamed else old, value)
        else:
            merged[key] = merge({}, value) if isinstance(value, dict) else value
    return merged
