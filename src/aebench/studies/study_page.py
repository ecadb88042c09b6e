"""A study's own page: what it asked, what came out, and its pictures."""

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from aebench.core import paths
from aebench.reporting import glossary, html
from aebench.reporting.jinja import render_markdown
from aebench.reporting.numbers import PAIRS, effect
from aebench.studies import claim_text, results_table
from aebench.studies.stored import Statement, stored_rows

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


def write_study_page(
    dataset: str,
    name: str,
    stated: Statement,
    claims: Sequence[dict[str, Any]],
    caveats: Sequence[str],
) -> None:
    """Write `index.md` and `.html` to the study's folder; `claims` have corrected verdicts."""
    folder = paths.study(dataset, name)
    rows = stored_rows(folder / "runs.csv")
    text = render_markdown(
        "aebench.studies",
        "study.md.j2",
        dataset=dataset,
        study=name,
        stated=stated,
        claims=claims,
        caveats=caveats,
        columns=claim_text.COLUMNS,
        told=claim_text.cells,
        measures=glossary.lines([metric for claim in claims for metric in claim["metrics"]]),
        results=results_table.results(stated, rows) if stated.results and rows else "",
        explained=results_table.explained(stated),
        collapsed=results_table.collapsed(stated, rows),
        published=results_table.published(stated, rows) if stated.published else "",
        pictures=_pictures(folder),
        pages=sorted(path.name for path in folder.glob("*.html") if path.stem != "index"),
        caption=lambda picture: caption(picture, len(stated.seeds)),
        pairs=PAIRS,
        sides=claim_text.sides,
        effect=effect,
        readable=glossary.readable,
        percent=lambda share: f"{100 * share:g} %",
        place=lambda where: ", ".join(f"{k} {v}" for k, v in where.items()) or "all",
        lost=lambda count: f" ({count} without)" if count else "",
        again=shlex.join(["aebench", "study", name, "--dataset", dataset]),
    )
    above = {"All results": "../../../index.html", f"Claims on {dataset}": "../../claims.html"}
    html.write_page(folder / "index.md", text, above)


def caption(file: str, seeds: int) -> str:
    """The caption of a picture of a study with `seeds` seeds."""
    name = file.rsplit(".", 1)[0]
    kind, _, metric = name.partition("comparison-")
    shown = CAPTIONS["comparison"] if seeds > 1 else "The one seed's value"
    if metric:
        return f"{glossary.readable(unquote(metric))}: {shown[0].lower()}{shown[1:]}"
    return shown if kind == "comparison" else CAPTIONS.get(kind, kind)


def _pictures(folder: Path) -> list[str]:
    """The study's pictures, the one with all seeds first."""
    found = {path.name for path in folder.iterdir() if path.suffix in (".png", ".gif")}
    return [*sorted(found & {"comparison.png"}), *sorted(found - {"comparison.png"})]
