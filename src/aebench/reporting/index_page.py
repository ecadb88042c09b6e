"""`reports/index.html`: every page, with a picture and the numbers that people look for."""

from collections import Counter
from pathlib import Path
from typing import Any

from markupsafe import Markup

from aebench.core.errors import one_line
from aebench.core.files import read_csv, read_json, write_text
from aebench.reporting.html import frame
from aebench.reporting.jinja import render_html
from aebench.reporting.markdown import url
from aebench.reporting.overview import COLUMNS, cell

REPORTS = Path("reports")
TITLE = "All results"
# The picture of a data set: the first of these that it has.
PICTURES = ("figures/reconstructions.png", "data/examples.png")


def write_index() -> None:
    """Write the page anew from what lies in `reports/`."""
    body = render_html(
        "aebench.reporting",
        "index.html.j2",
        title=TITLE,
        sets=[_set(path) for path in _found("*/report.html", "metrics.json")],
        studies=[
            _study(path)
            for path in _found("*/studies/*/index.html", "study.json", "../../claims.json")
        ],
        sweeps=[_sweep(path) for path in _found("*/sweep/*/index.html", "trials.csv")],
        others=[_titled(path) for path in (*_found("*.md"), *_benchmarks())],
    )
    write_text(REPORTS / "index.html", frame(TITLE, Markup(body)))


def _found(pattern: str, *beside: str) -> list[Path]:
    """The pages that have these files beside them, which an interrupted stage may have removed."""
    found = sorted(REPORTS.glob(pattern))
    return [page for page in found if all((page.parent / name).exists() for name in beside)]


def _benchmarks() -> list[Path]:
    return sorted(Path("benchmarks").glob("*.md"))


def _set(page: Path) -> dict[str, Any]:
    folder = page.parent
    metrics = read_json(folder / "metrics.json")
    claims = folder / "claims.html"
    return {
        "name": folder.name,
        "page": _address(page),
        "claims": _address(claims) if claims.exists() else "",
        "picture": _first(folder, PICTURES),
        "numbers": {name: value for name, key in COLUMNS.items() if (value := cell(metrics, key))},
    }


def _study(page: Path) -> dict[str, Any]:
    folder = page.parent
    name, dataset = folder.name, folder.parts[1]
    stated = read_json(folder / "study.json")
    claims = read_json(REPORTS / dataset / "claims.json")
    found = Counter(claim["verdict"] for claim in claims if claim["study"] == name)
    return {
        "dataset": dataset,
        "page": _address(page),
        "title": one_line(stated["title"]),
        "topic": stated["topic"] or "Others",
        "seeds": len(stated["seeds"]),
        "found": ", ".join(f"{count} {kind}" for kind, count in found.most_common()) or "none",
    }


def _sweep(page: Path) -> dict[str, Any]:
    folder = page.parent
    return {
        "dataset": folder.parts[1],
        "name": folder.name,
        "page": _address(page),
        "trials": len(read_csv(folder / "trials.csv")),
        "picture": _first(folder, ("history.png",)),
    }


def _titled(page: Path) -> dict[str, str]:
    """A page of Markdown, named by its heading, or by its file where it has none."""
    first = page.read_text(encoding="utf-8").partition("\n")[0]
    return {"title": first.removeprefix("# ") if first.startswith("# ") else page.stem} | {
        "page": _address(page)
    }


def _first(folder: Path, names: tuple[str, ...]) -> str:
    return next((_address(folder / name) for name in names if (folder / name).exists()), "")


def _address(path: Path) -> str:
    """The path as seen from `reports/`."""
    inside = path.is_relative_to(REPORTS)
    return str(url(path.relative_to(REPORTS) if inside else f"../{path.as_posix()}"))
