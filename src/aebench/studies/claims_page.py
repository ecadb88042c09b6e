"""`aebench claims`: the verdicts of all studies of a data set, as a page to read."""

import re
from collections import Counter
from typing import Any, get_args

from aebench.core import paths
from aebench.core.errors import InputError
from aebench.core.files import write_json
from aebench.reporting import html
from aebench.reporting.index_page import write_index
from aebench.reporting.jinja import render_markdown
from aebench.reporting.numbers import PAIRS
from aebench.studies import claim_text
from aebench.studies.config import Topic, load_study
from aebench.studies.family import Entry, gathered, summary
from aebench.studies.judge import is_of_file
from aebench.studies.stored import statement
from aebench.studies.study_page import write_study_page
from aebench.studies.verdicts import (
    INCONCLUSIVE,
    NOT_MEANINGFUL,
    NOT_REACHABLE,
    REFUTED,
    SAME,
    SUPPORTED,
)

TOPICS = (*get_args(Topic), None)
STALE = "These are results of another version of the study's file."
VERDICTS = (
    *(SUPPORTED, REFUTED, SAME, "depends", INCONCLUSIVE),
    *(NOT_MEANINGFUL, NOT_REACHABLE),
)


def write_claims(dataset: str) -> dict[str, list[Entry]]:
    """Write `claims.md`, `.html` and `.json` of `reports/<dataset>`, and each study's own page.

    Returns study -> its claims, as the pages have them. Raises InputError if no study has results.
    """
    judged = gathered(dataset)
    studies = [_study(dataset, name, claims) for name, claims in judged.items()]
    if not studies:
        raise InputError(f"no study of {dataset} is there; `aebench study NAME` makes one")
    studies.sort(key=lambda study: TOPICS.index(study["stated"].topic))
    everything = [claim for study in studies for claim in study["claims"]]
    text = render_markdown(
        "aebench.studies",
        "claims.md.j2",
        dataset=dataset,
        studies=studies,
        single=[study for study in studies if len(study["stated"].seeds) == 1],
        stale=[study for study in studies if STALE in study["caveats"]],
        verdicts=VERDICTS,
        exempt=[claim for claim in everything if claim["exempt"]],
        counts={
            "claims": len(everything),
            "lecture": sum(bool(claim["lecture"]) for claim in everything),
            "below": sum(claim["verdict"].startswith(NOT_MEANINGFUL) for claim in everything),
            "at_border": sum(
                claim["at_border"] and claim["verdict"].startswith(INCONCLUSIVE)
                for claim in everything
            ),
        },
        pairs=PAIRS,
        columns=claim_text.COLUMNS,
        told=claim_text.cells,
    )
    folder = paths.report(dataset)
    above = {"All results": "../index.html", f"Report on {dataset}": "report.html"}
    html.write_page(folder / "claims.md", text, above)
    write_json(folder / "claims.json", summary(judged))
    for study in studies:
        write_study_page(dataset, study["name"], study["stated"], study["claims"], study["caveats"])
    write_index()
    return judged


def _study(dataset: str, name: str, claims: list[dict[str, Any]]) -> dict[str, Any]:
    """What the template says of a study."""
    kinds = Counter(re.split(r" \(|: ", claim["verdict"])[0] for claim in claims)
    return {
        "name": name,
        "stated": statement(dataset, name),
        "claims": claims,
        "lecture": any(claim["lecture"] for claim in claims),
        "found": [kinds[kind] for kind in VERDICTS],
        "caveats": (known := caveats(dataset, name)),
        "weaknesses": [caveat for caveat in known if caveat != STALE],
    }


def caveats(dataset: str, name: str) -> list[str]:
    """The caveats in the study's file, and a sentence where it has changed or cannot be read."""
    try:
        known = load_study(name, dataset).caveats
        if not is_of_file(dataset, name):
            known = [STALE, *known]
        return known
    except InputError as error:
        return [f"Caveats of this study, if any, could not be read: {error}."]
