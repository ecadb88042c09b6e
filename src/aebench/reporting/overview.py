"""The results of all data sets in one table, as the README shows it."""

from pathlib import Path

from aebench.core.errors import InputError
from aebench.core.files import read_json, write_text
from aebench.reporting.markdown import escape, url
from aebench.reporting.published import LIKELIHOOD, RECONSTRUCTION, Published
from aebench.reporting.render import value

README = Path("README.md")
BEGIN, END = "<!-- results: written by `make readme` -->\n", "<!-- end of results -->"
COLUMNS = {
    "PCA": "pca.test.sse_per_image",
    "pretrained": "stacked.test.sse_per_image",
    "from scratch": "scratch.test.sse_per_image",
    "fine-tuned": "finetuned.test.sse_per_image",
    "VAE, nll": "vae.test.nll",
}


def table() -> str:
    """A Markdown table: a row for each data set with a `metrics.json`, then published numbers."""
    lines = [
        "| test set | " + " | ".join(COLUMNS) + " |",
        "| --- |" + " ---: |" * len(COLUMNS),
    ]
    for path in sorted(Path("reports").glob("*/metrics.json")):
        metrics, name = read_json(path), path.parent.name
        cells = [cell(metrics, key) for key in COLUMNS.values()]
        link = f"[{escape(name)}]({url(f'reports/{name}/report.md')})"
        lines.append(f"| {link} | {' | '.join(cells)} |")
    for dataset in sorted(RECONSTRUCTION):
        nets = [p for p in RECONSTRUCTION[dataset] if "the same net" in p.what]
        first, best = nets[0], min(nets, key=lambda p: p.value)
        likelihood = LIKELIHOOD[dataset][0]
        for net, nll in ((first, likelihood), (best, None)):
            nll_cell = _cite(nll) if nll else ""
            lines.append(f"| {dataset}, published | | | | {_cite(net)} | {nll_cell} |")
    return "\n".join(lines) + "\n"


def write_readme() -> None:
    """Put the table between the marks in README.md."""
    if not README.is_file():
        raise InputError(README, "no such file; run this in the project's folder")
    text = README.read_text(encoding="utf-8")
    if BEGIN not in text or END not in text:
        raise InputError(f"{README}: the marks {BEGIN.strip()} and {END} are missing")
    before, after = text.split(BEGIN)[0], text.split(END)[1]
    write_text(README, f"{before}{BEGIN}\n{table()}\n{END}{after}")


def cell(metrics: dict, key: str) -> str:
    """The metric; empty if the pipeline has no such model, as without pretraining."""
    return value(metrics, key) if key.partition(".")[0] in metrics else ""


def _cite(published: Published) -> str:
    return f"{published.value:.2f} ({published.source}, {published.status})"
