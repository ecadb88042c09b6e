"""A judged claim in words and numbers, for pages."""

import math
from collections import Counter
from typing import Any

from aebench.reporting import glossary
from aebench.reporting.markdown import Markdown, escape
from aebench.reporting.numbers import effect, number

COLUMNS = ("claim", "verdict", "measured", "difference", "expected", "p")
EXPECTED = {"lower": "lower", "higher": "higher", "same": "the same", "no higher": "no higher"}


def cells(claim: dict[str, Any]) -> tuple[str, ...]:
    """What a table's COLUMNS say of a claim, but for the first, its sentence."""
    measured = ", less ".join(map(glossary.readable, claim["metrics"]))
    return verdict(claim), measured, effect(claim), EXPECTED[claim["expects"]], chance(claim)


def verdict(claim: dict[str, Any]) -> Markdown:
    """A claim's verdict in bold, and if its cases differ, how many have which."""
    kinds = Counter(case["verdict"] for case in claim["cases"])
    text = f"**{escape(claim['verdict'])}**"
    if len(kinds) > 1:
        text += ": " + ", ".join(f"{count} {escape(kind)}" for kind, count in kinds.most_common())
    return Markdown(text)


def chance(claim: dict[str, Any]) -> str:
    """A claim's corrected p-value; empty where there is none."""
    p = claim.get("p_adjusted")
    if p is None:
        return ""
    return "< 0.001" if p < 0.001 else f"{p:.3f}"


def sides(case: dict[str, Any]) -> tuple[str, str]:
    """The means of both sides, with as many decimals as their difference needs."""
    decimals = 0
    if case["effect"]:
        decimals = 1 - math.floor(math.log10(abs(case["effect"])))
    return number(case["a"], decimals=decimals), number(case["b"], decimals=decimals)
