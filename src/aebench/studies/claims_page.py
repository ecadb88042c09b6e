"""`aebench claims`: the verdicts of all studies of a data set, as a page to read."""

import math
import re
import shlex
from collections import Counter
from typing import Any, get_args
from urllib.parse import unquote

from aebench.core import paths
from aebench.core.errors import InputError
from aebench.core.files import read_json, write_json, write_text
from aebench.reporting import glossary
from aebench.reporting.jinja import render_markdown
from aebench.reporting.markdown import Markdown, escape
from aebench.reporting.numbers import PAIRS, effect, number
from aebench.studies.config import Topic, load_study
from aebench.studies.family import gathered, summary
from aebench.studies.judge import is_of_file
from aebench.studies.verdicts import (
    INCONCLUSIVE,
    NOT_MEANINGFUL,
    NOT_REACHABLE,
    REFUTED,
    SAME,
    SUPPORTED,
)

TOPICS = (*get_args(Topic), None)
VERDICTS = (
    *(SUPPORTED, REFUTED, SAME, "depends", INCONCLUSIVE),
    *(NOT_MEANINGFUL, NOT_REACHABLE),
)
EXPECTED = {"lower": "lower", "higher": "higher", "same": "the same", "no higher": "no higher"}
# What a picture shows, by its name.
CAPTIONS = {
    "comparison": "Each seed (dots), their mean and its 95 % interval",
    "curves": "Validation loss against gradient evaluations: mean over seeds, least to greatest "
    "shaded",
    "terms": "Terms of the loss on training images over the epochs, means over seeds",
    "rate-distortion": "What the code leaves open against what it carries, nats an image, a dot a "
    "seed; on a dotted line their sum, the negative ELBO, is the same",
    "codes": "Test error by size of the code, least to greatest of the seeds shaded; PCA dotted",
    "gradients": "log10 of the gradient's norm by layer and update in the deepest nets, one seed; "
    "grey where it is 0 or not finite",
    "surface": "A plane of the loss through a trained net, and the ways that optimizers take on it",
    "samples": "Test images, and what each model makes; one seed",
    "from-prior": "Test images, and what is decoded of draws from each prior: pixels' means, or by "
    "a PixelCNN a drawn image; one seed",
    "by-class": "What each model draws of each class, a row a class; one seed",
    "latent-maps": "Codes of test images by class, of more than two numbers their two principal "
    "components; one seed",
    "latent-grid": "What is decoded on a grid of two latents; one seed",
    "traversals": "A test image, with one number of its code moved at a time over its range; one "
    "seed",
    "denoised": "Digits with each noise, and what is restored of them; one seed",
    "maps": "Test images by their places on each map; a colour a class; one seed",
    "roc": "Strange images found against usual ones taken for strange; one seed",
    "scores": "Scores of usual and of strange images, the last bar with all beyond it; one seed",
    "rate-curves": "PSNR against bits a pixel; one seed",
    "decoded": "The same digits from files of about as many bits; one seed",
}


def write_claims(dataset: str) -> None:
    """Write `claims.md` and `claims.json` of `reports/<dataset>`.

    The page has all studies' results, with the caveats in their files. Raises InputError if no
    study has results.
    """
    judged = gathered(dataset)
    studies = [_study(dataset, name, claims) for name, claims in judged.items()]
    if not studies:
        raise InputError(f"no study of {dataset} is there; `aebench study NAME` makes one")
    studies.sort(key=lambda study: TOPICS.index(study["topic"]))
    everything = [claim for study in studies for claim in study["claims"]]
    text = render_markdown(
        "aebench.studies",
        "claims.md.j2",
        dataset=dataset,
        studies=studies,
        single=[study for study in studies if len(study["seeds"]) == 1],
        verdicts=VERDICTS,
        exempt=[claim for claim in everything if claim["exempt"]],
        counts={
            "claims": len(everything),
            "lecture": sum(bool(claim["lecture"]) for claim in everything),
            "below": sum(claim["verdict"].startswith(NOT_MEANINGFUL) for claim in everything),
            "at_border": sum(claim["at_border"] for claim in everything),
        },
        pairs=PAIRS,
        sides=sides,
        effect=effect,
        chance=chance,
        verdict=verdict,
        measured=lambda claim: ", less ".join(map(glossary.readable, claim["metrics"])),
        glossary=glossary.lines,
        readable=glossary.readable,
        caption=caption,
        percent=lambda share: f"{100 * share:g} %",
        place=lambda where: ", ".join(f"{k} {v}" for k, v in where.items()) or "all",
        lost=lambda count: f" ({count} without)" if count else "",
        expected=EXPECTED,
        anchor=lambda title: re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-"),
        again=lambda name: shlex.join(["aebench", "study", name, "--dataset", dataset]),
    )
    write_text(paths.report(dataset) / "claims.md", text)
    write_json(paths.report(dataset) / "claims.json", summary(judged))


def _study(dataset: str, name: str, claims: list[dict[str, Any]]) -> dict[str, Any]:
    """What the template says of a study."""
    folder = paths.study(dataset, name)
    pictures = {path.name for path in folder.iterdir() if path.suffix in (".png", ".gif")}
    kinds = Counter(re.split(r" \(|: ", claim["verdict"])[0] for claim in claims)
    return {
        "name": name,
        "names": {},
        "falling": [],
        **read_json(folder / "study.json"),
        "claims": claims,
        "lecture": any(claim["lecture"] for claim in claims),
        "found": [kinds[kind] for kind in VERDICTS],
        "measures": [metric for claim in claims for metric in claim["metrics"]],
        "caveats": caveats(dataset, name),
        "results": (folder / "results.md").exists(),
        "pictures": ["comparison.png", *sorted(pictures - {"comparison.png"})],
        "pages": sorted(path.name for path in folder.glob("*.html")),
    }


def caveats(dataset: str, name: str) -> list[str]:
    """The caveats in the study's file, and a sentence where it has changed or cannot be read."""
    try:
        known = load_study(name, dataset).caveats
        if not is_of_file(dataset, name):
            known = ["These are results of another version of the study's file.", *known]
        return known
    except InputError as error:
        return [f"Caveats of this study, if any, could not be read: {error}."]


def caption(file: str, seeds: int) -> str:
    """The caption of a picture of a study with `seeds` seeds."""
    name = file.rsplit(".", 1)[0]
    kind, _, metric = name.partition("comparison-")
    shown = CAPTIONS["comparison"] if seeds > 1 else "The one seed's value"
    shown += "; published ones, if any, hollow"
    if metric:
        return f"{glossary.readable(unquote(metric))}: {shown[0].lower()}{shown[1:]}"
    return shown if kind == "comparison" else CAPTIONS.get(kind, kind)


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
