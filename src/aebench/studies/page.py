"""`aebench claims`: the verdicts of all studies of a data set, as a page to read."""

import re
from importlib import resources

from jinja2 import Environment, StrictUndefined

from aebench import paths
from aebench.errors import InputError
from aebench.files import read_json, write_text

EXPECTED = {
    "lower": "expected: the first one is lower",
    "higher": "expected: the first one is higher",
    "same": "expected: no difference",
    "no higher": "expected: the first one is not higher",
}


def write_claims(dataset: str) -> None:
    """Write `reports/<dataset>/claims.md` from the studies that are there.

    Raises InputError where there is none.
    """
    folders = sorted(paths.study(dataset, "any").parent.glob("*/claims.json"))
    studies = [_study(dataset, folder.parent.name) for folder in folders]
    if not studies:
        raise InputError(f"no study of {dataset} is there; `aebench study NAME` makes one")
    environment = Environment(undefined=StrictUndefined, keep_trailing_newline=True)
    template = resources.files("aebench.studies").joinpath("templates/claims.md.j2").read_text()
    text = environment.from_string(template).render(
        dataset=dataset,
        studies=studies,
        number=number,
        effect=effect,
        percent=lambda share: f"{100 * share:g} %",
        place=lambda where: ", ".join(f"{k} {v}" for k, v in where.items()) or "everywhere",
        lost=lambda count: f" ({count} without a value)" if count else "",
        expected=EXPECTED,
        anchor=lambda title: re.sub(r"[^a-z0-9 -]", "", title.lower()).replace(" ", "-"),
    )
    # A table's rows must follow each other; the template's loops leave blank lines between them.
    text = re.sub(r"\|\s*\n\n(?=\|)", "|\n", re.sub(r"\n{3,}", "\n\n", text))
    write_text(paths.report(dataset) / "claims.md", text)


def _study(dataset: str, name: str) -> dict:
    folder = paths.study(dataset, name)
    others = (path.name for path in folder.iterdir() if path.suffix in (".png", ".gif"))
    return {
        "name": name,
        **read_json(folder / "study.json"),
        "claims": read_json(folder / "claims.json"),
        "results": (folder / "results.md").exists(),
        "pictures": sorted(set(others) - {"comparison.png"}),
        "pages": sorted(path.name for path in folder.glob("*.html")),
    }


def effect(one: dict) -> str:
    """A difference for people: `-0.81 (-0.95 to -0.67)`."""
    if one["effect"] is None:
        return "none: no pairs"
    if one["interval"] is None:
        return number(one["effect"], sign=True)
    low, high = one["interval"]
    return f"{number(one['effect'], True)} ({number(low, True)} to {number(high, True)})"


def number(value: float | None, sign: bool = False) -> str:
    """Three significant digits."""
    if value is None:
        return "none"
    text = f"{value:{'+' if sign else ''}.3g}"
    return f"{value:{'+' if sign else ''},.0f}" if "e+" in text else text
