"""What somebody meant who misspelled a name."""

from collections.abc import Iterable

from aebench.core.errors import brief


def unknown(what: str, name: str, known: Iterable[str]) -> str:
    """`unknown WHAT 'NAME'`, and the known name that resembles it, if one does."""
    return f"unknown {what} '{brief(name)}'{did_you_mean(name, known)}"


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """` (did you mean 'KNOWN'?)`, of the known name that resembles it; empty if none does."""
    # Imported here, since few commands end in a mistake.
    from difflib import get_close_matches

    by_small = {each.casefold(): each for each in known}
    nearest = get_close_matches(name.casefold(), by_small, n=1)
    return f" (did you mean '{by_small[nearest[0]]}'?)" if nearest else ""
