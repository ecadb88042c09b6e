"""`aebench claims`: the verdicts of all studies of a data set, as a page to read."""

import math
import re
from collections import Counter
from importlib import resources
from typing import get_args

from jinja2 import Environment, StrictUndefined

from aebench.core import paths
from aebench.core.errors import InputError
from aebench.core.files import read_json, write_text
from aebench.reporting import glossary
from aebench.reporting.numbers import PAIRS, effect, number
from aebench.studies.claims import INCONCLUSIVE, REFUTED, SAME, SUPPORTED
from aebench.studies.config import Topic, load_study

TOPICS = (*get_args(Topic), None)
VERDICTS = (SUPPORTED, REFUTED, SAME, "depends", INCONCLUSIVE)
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
    """Write `reports/<dataset>/claims.md` from the studies that are there and their caveats now.

    Raises InputError where there is none.
    """
    folders = sorted(paths.study(dataset, "any").parent.glob("*/claims.json"))
    studies = [_study(dataset, folder.parent.name) for folder in folders]
    if not studies:
        raise InputError(f"no study of {dataset} is there; `aebench study NAME` makes one")
    studies.sort(key=lambda study: TOPICS.index(study["topic"]))
    environment = Environment(undefined=StrictUndefined, keep_trailing_newline=True)
    template = resources.files("aebench.studies").joinpath("templates/claims.md.j2").read_text()
    text = environment.from_string(template).render(
        dataset=dataset,
        studies=studies,
        single=[study for study in studies if len(study["seeds"]) == 1],
        verdicts=VERDICTS,
        pairs=PAIRS,
        sides=sides,
        effect=effect,
        verdict=verdict,
        measured=lambda one: ", less ".join(map(glossary.readable, one["metrics"])),
        glossary=glossary.lines,
        readable=glossary.readable,
        caption=caption,
        percent=lambda share: f"{100 * share:g} %",
        place=lambda where: ", ".join(f"{k} {v}" for k, v in where.items()) or "all",
        lost=lambda count: f" ({count} without)" if count else "",
        expected=EXPECTED,
        anchor=lambda title: re.sub(r"[^a-z0-9 -]", "", title.lower()).replace(" ", "-"),
    )
    # A table's rows must follow each other; the template's loops leave blank lines between them.
    text = re.sub(r"\|\s*\n\n(?=\|)", "|\n", re.sub(r"\n{3,}", "\n\n", text))
    write_text(paths.report(dataset) / "claims.md", text)


def _study(dataset: str, name: str) -> dict:
    folder = paths.study(dataset, name)
    claims = read_json(folder / "claims.json")
    others = (path.name for path in folder.iterdir() if path.suffix in (".png", ".gif"))
    kinds = Counter(one["verdict"].split(" (")[0] for one in claims)
    return {
        "name": name,
        **read_json(folder / "study.json"),
        "claims": claims,
        "lecture": any(one["lecture"] for one in claims),
        "found": [kinds[kind] for kind in VERDICTS],
        "measures": [metric for one in claims for metric in one["metrics"]],
        "caveats": caveats(dataset, name),
        "results": (folder / "results.md").exists(),
        "pictures": ["comparison.png", *sorted(set(others) - {"comparison.png"})],
        "pages": sorted(path.name for path in folder.glob("*.html")),
    }


def caveats(dataset: str, name: str) -> list[str]:
    """The caveats in the study's file now; where that cannot be loaded, a sentence that says so."""
    try:
        return load_study(name, dataset).caveats
    except InputError as error:
        return [f"Caveats of this study, if any, could not be read: {error}."]


def caption(file: str, seeds: int) -> str:
    """What a picture shows, of a study of so many seeds; of another comparison, which metric."""
    name = file.rsplit(".", 1)[0]
    kind, _, metric = name.partition("comparison-")
    shown = CAPTIONS["comparison"] if seeds > 1 else "The one seed's value"
    shown += "; published ones, if any, hollow"
    if metric:
        return f"{glossary.readable(metric)}: {shown[0].lower()}{shown[1:]}"
    return shown if kind == "comparison" else CAPTIONS.get(kind, kind)


def verdict(one: dict) -> str:
    """In bold; where places of the grid have others, how many have which."""
    found = Counter(case["verdict"] for case in one["cases"])
    text = f"**{one['verdict']}**"
    if len(found) > 1:
        text += ": " + ", ".join(f"{count} {kind}" for kind, count in found.most_common())
    return text


def sides(case: dict) -> tuple[str, str]:
    """What both sides have, so that the reader sees their difference."""
    decimals = 0
    if case["effect"]:
        decimals = 1 - math.floor(math.log10(abs(case["effect"])))
    return number(case["a"], decimals=decimals), number(case["b"], decimals=decimals)
