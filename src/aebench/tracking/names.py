"""Names as MLflow takes them: it refuses others, and with them all that is logged at once."""

import posixpath
import re

LONGEST = 250


def entity_name(text: str) -> str:
    """The name of a parameter, a metric or a tag: a space for each character that is not allowed.

    A name with slashes must be a path that cannot be written shorter.
    """
    name = re.sub(r"[^\w\-. :/]", " ", text)[:LONGEST]
    if posixpath.normpath(name) != name or name.startswith((".", "/")):
        name = re.sub(r"[/.]", " ", name)
    return name or " "


def run_name(text: str) -> str:
    """The name of a run; some databases hold no longer one."""
    return text[:LONGEST]
