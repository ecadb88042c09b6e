"""All claims of a data set together: their p-values corrected for being many."""

from collections.abc import Sequence
from typing import Any

from aebench.core import paths
from aebench.core.errors import InputError
from aebench.core.files import read_json
from aebench.studies.claims import UNDECIDED
from aebench.studies.stored import statement
from aebench.studies.verdicts import INCONCLUSIVE, LEVEL, NOT_MEANINGFUL

Entry = dict[str, Any]
# Families of claims; a study on none of the lecture's topics has one of its own, by its name.
LECTURE, TOPICAL = "/lecture", "/topical"


def gathered(dataset: str) -> dict[str, list[Entry]]:
    """Study -> its claims, each with `p_adjusted` and the verdict that is left after it.

    The lecture's claims are one family, corrected by Holm (1979): that any of them is decided by
    chance is at most 5 % likely. The others of studies on the lecture's topics are one family, and
    those of each other study one of its own, so that a study that somebody adds changes no verdict
    of the rest; they are corrected by Benjamini & Hochberg (1995): at most 5 % of those decided
    are so by chance. A claim whose sides lose to PCA was not tested.

    Raises InputError for results of another version.
    """
    files = sorted(paths.study(dataset, "any").parent.glob("*/claims.json"))
    studies: dict[str, list[Entry]] = {file.parent.name: read_json(file) for file in files}
    everything = [claim for claims in studies.values() for claim in claims]
    if any("p" not in claim for claim in everything):
        raise InputError(
            files[0].parent.parent,
            "claims of another version",
            f"`aebench claims {dataset} --judge`, which judges stored results anew",
        )
    families: dict[str, list[Entry]] = {}
    for study, claims in studies.items():
        others = TOPICAL if statement(dataset, study).topic else study
        for claim in claims:
            if claim["p"] is not None and _tested(claim):
                families.setdefault(LECTURE if claim["lecture"] else others, []).append(claim)
    for name, family in families.items():
        correct = holm if name == LECTURE else benjamini_hochberg
        adjusted = correct([claim["p"] for claim in family])
        for claim, p in zip(family, adjusted, strict=True):
            claim["p_adjusted"] = p
            if p > LEVEL and not claim["verdict"].startswith(UNDECIDED):
                claim["verdict"] = INCONCLUSIVE
    return studies


def holm(values: Sequence[float]) -> list[float]:
    """Adjusted p-values by Holm's step-down method."""
    adjusted, least = [0.0] * len(values), 0.0
    for rank, i in enumerate(sorted(range(len(values)), key=values.__getitem__)):
        least = max(least, min(1.0, (len(values) - rank) * values[i]))
        adjusted[i] = least
    return adjusted


def benjamini_hochberg(values: Sequence[float]) -> list[float]:
    """Adjusted p-values by Benjamini and Hochberg's step-up method."""
    if not values:
        return []
    from scipy.stats import false_discovery_control

    return [float(p) for p in false_discovery_control(values)]


def summary(studies: dict[str, list[Entry]]) -> list[Entry]:
    """The rows of `reports/DATASET/claims.json`, one a claim."""
    return [
        {
            "study": study,
            "claim": number,
            "sentence": claim["claim"],
            "lecture": claim["lecture"],
            "verdict": claim["verdict"],
            "effect": claim["effect"],
            "interval": claim["interval"],
            "p": claim["p"],
            "p_adjusted": claim.get("p_adjusted"),
            "seeds": claim["seeds"],
            "budgets": claim["budget"],
            "beats_pca": claim["beats_pca"],
            "at_border": claim["at_border"],
            "exempt": claim["exempt"],
            "history": claim["history"],
        }
        for study, claims in studies.items()
        for number, claim in enumerate(claims)
    ]


def _tested(claim: Entry) -> bool:
    return not claim["verdict"].startswith(NOT_MEANINGFUL)
