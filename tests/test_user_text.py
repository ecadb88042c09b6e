"""People's text is data wherever it is shown: odd strings x the places that they come to."""

import csv
import re
import shutil
import warnings
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import optuna
import pytest
from committed import PROJECT, committed
from markdown_it import MarkdownIt
from matplotlib.figure import Figure
from matplotlib.text import Text

from aebench.core.errors import InputError, one_line
from aebench.core.files import read_csv_text, read_json, write_csv, write_json
from aebench.core.paths import file_name
from aebench.core.schema import parse
from aebench.data.prepared import Prepared
from aebench.pipeline.report import report
from aebench.plots.codes import code_map
from aebench.plots.labels import LONGEST, other_names, short_labels
from aebench.plots.style import save_figure
from aebench.reporting import overview
from aebench.reporting.html import self_contained
from aebench.reporting.jinja import render_html
from aebench.reporting.markdown import Markdown, escape, prose
from aebench.studies import results_table
from aebench.studies.claims_page import write_claims
from aebench.studies.config import Study, load_study
from aebench.studies.pictures.comparison import comparison
from aebench.studies.pictures.names import PictureNames
from aebench.studies.pictures.results import Results
from aebench.studies.stored import Statement
from aebench.sweeps import interactive, pictures
from aebench.sweeps.config import Sweep
from aebench.sweeps.page import write_page
from aebench.sweeps.selection import Candidate
from aebench.tracking.names import entity_name, run_name

ODD = [
    "![a](https:evil.example).png",
    "![a](nope.png).png",
    "[a](javascript:alert(1))",
    "[a]: https://evil.example",
    "[0, 1](https://evil.example)",
    "</td><img src=x onerror=alert(1)>",
    "</script><script>alert(1)</script>",
    "<https://evil.example>",
    "https://evil.example",
    "www.evil.example",
    "a | b",
    "line\n\n# heading",
    "- item",
    "1. item",
    "---",
    "= =",
    "> quote",
    "*a* **b** _c_ __d__ ~~e~~",
    "`code` ``",
    "&lt;b&gt; &amp;",
    "back\\slash \\",
    "$$",
    "$5 and $10",
    r"$\frac{1}{$",
    "{{ 7 * 7 }} {% raw %} %(x)s {0}",
    "漢字",
    "abc\u202edef",
    "\ud800",
    "_hidden",
    "x" * 200,
    "=1+1",
    "+cmd|' /C calc'!A0",
    "@SUM(1)",
    "a/../../b",
    "\"quotes\" and 'quotes'",
]
WORD = "word"
RATE = "training.optimizer.lr"


class Structure(HTMLParser):
    """The tags of a page with their attributes, and its text."""

    def __init__(self, page: str):
        super().__init__()
        self.tags: list[Any] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        # Sentences may have them.
        if tag in ("em", "code"):
            return
        # The fragment of a heading is made of its text.
        links = [(k, "#" if k == "href" and (v or "").startswith("#") else v) for k, v in attrs]
        self.tags.append((tag, [pair for pair in links if pair[0] != "alt"]))

    def handle_data(self, data: str) -> None:
        self.text += data


def as_html(markdown: str) -> Structure:
    """As GitHub shows it, which takes HTML and makes links of addresses."""
    return Structure(MarkdownIt("commonmark").enable(["table"]).render(markdown))


def shown(text: str) -> str:
    return one_line(" ".join(text.split()))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project's folder with the settings of this one and no results."""
    shutil.copy(committed() / "params.yaml", tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def of_study(texts: list[str]) -> Study:
    """A study with a level for each text, and the first one wherever else it has text."""
    first = texts[0]
    levels = {shown(text): {} for text in texts}
    where = {shown(first): shown(first)}
    number = {"where": where, "metric": "x", "value": 1.0, "source": first, "status": "read"}
    study = {
        "title": first,
        "question": first,
        "seeds": [0, 1],
        "recipe": {},
        "axes": {shown(first): levels},
        "metric": "x",
        "results": ["x"],
        "published": [number | {"differs": first}, number | {"where": {}, "what": first}],
    }
    return parse(Study, study, "study")


def rows(study: Study) -> list[dict[str, Any]]:
    ((axis, levels),) = study.axes.items()
    return [
        {
            axis: level,
            "seed": seed,
            "status": "ok",
            "x": seed + i + 1.0,
            "collapsed": i == 0,
            "run": "r",
        }
        for i, level in enumerate(levels)
        for seed in (0, 1)
    ]


def of_sweep(choices: list[str]) -> Sweep:
    recipe = {
        "model": {"name": "stacked", "widths": [4], "unit": "silu"},
        "objective": {"name": "reconstruction", "loss": "sse"},
        "training": {
            "epochs": 1,
            "batch_size": 5,
            "optimizer": {"name": "adamw", "lr": 0.1},
            "schedule": {"name": "constant"},
        },
        "precision": "fp32",
        "threads": 1,
    }
    sweep = {
        "title": choices[0],
        "applies_to": "autoencoder",
        "recipe": recipe,
        "space": {"model.unit": [{"choices": choices}], RATE: [{"low": 0.1, "high": 0.2}]},
        "trials": 3,
        "seed": 0,
        "selection": {"seeds": [1, 2], "metric": "sse_per_image"},
    }
    return parse(Sweep, sweep, "sweep")


def of_trials(choices: list[str]) -> optuna.Study:
    distributions = {
        "model.unit": optuna.distributions.CategoricalDistribution(choices),
        RATE: optuna.distributions.FloatDistribution(0.1, 0.2),
    }
    study = optuna.create_study()
    for i, choice in enumerate(choices):
        params = {"model.unit": choice, RATE: 0.1 + 0.001 * i}
        study.add_trial(
            optuna.create_trial(value=1.0 + i, params=params, distributions=distributions)
        )
    return study


# Places: all that is said there, given the texts to say.


def in_results(texts: list[str]) -> Iterator[str]:
    for text in texts:
        study = of_study([text])
        said = {"topic", "title", "question", "seeds", "splits", "results", "published"}
        axes = list(study.axes)
        stated = Statement(**study.model_dump(include=said), trials=None, axes=axes, cells=None)
        for table in (results_table.results, results_table.published, results_table.collapsed):
            yield escape(table(stated, rows(study)))


def in_claims(texts: list[str]) -> Iterator[str]:
    for i, text in enumerate(texts):
        done = Path("reports", "mnist", "studies", f"s{i:02d}")
        case = {"where": {text: text}, "a": 1.0, "b": 2.0, "effect": -1.0, "interval": [-2.0, -1.0]}
        case |= {"seeds": 5, "diverged_a": 0, "diverged_b": 0, "verdict": "supported"}
        claim = {"claim": text, "verdict": "supported", "lecture": True, "metrics": [text]}
        claim |= {"cases": [case], "margin": 0.0, "comparison": text, "budget": text}
        claim |= {"effect": -1.0, "interval": None, "seeds": 5, "expects": "lower"}
        claim |= {"p": 0.001, "beats_pca": False, "at_border": False}
        claim |= {"exempt": text, "margin_reason": text, "history": [text]}
        study = {"topic": "Uses", "title": text, "question": text, "seeds": [0], "trials": None}
        study |= {"splits": "given", "axes": [text], "results": [], "published": [], "cells": None}
        study["falling"] = [text]
        # A lone surrogate is no JSON in UTF-8, but an escape is.
        write_json(done / "claims.json", [claim])
        write_json(done / "study.json", study | {"names": {"level 1": text}})
    write_claims("mnist")
    yield Path("reports", "mnist", "claims.md").read_text(encoding="utf-8")
    for path in sorted(Path("reports", "mnist", "studies").glob("*/index.md")):
        yield path.read_text(encoding="utf-8")


def in_sweep(texts: list[str]) -> Iterator[str]:
    for text in texts:
        numbers = dict.fromkeys(("validation", "test_sse_per_image"), 1.0)
        row = {"settings": text, "seeds": 2, "chosen": True, **numbers}
        row |= {f"{name}_{part}": "" for name in numbers for part in ("difference", "low", "high")}
        winner = Candidate(text, {"model.unit": text})
        write_page(of_sweep([text, "\u5b57"]), "mnist", [], winner, [row], Path())
        yield Path("index.md").read_text(encoding="utf-8")


def in_report(texts: list[str]) -> Iterator[str]:
    prepare_report(texts)
    report("mnist-5k")
    yield Path("reports", "mnist-5k", "report.md").read_text(encoding="utf-8")


def prepare_report(texts: list[str]) -> None:
    """What `report` reads: the results of this project, with these texts as notes and classes."""
    results = Path("reports", "mnist-5k")
    shutil.copytree(committed() / results, results, dirs_exist_ok=True)
    path = results / "data" / "card.json"
    card = read_json(path) | {"notes": texts}
    names = texts if texts[0] != WORD else [f"{WORD}\n{i}" for i in range(len(other(ODD)))]
    card["images_per_class"]["train"] = dict.fromkeys(map(str, names), 1)
    write_json(path, card)


def other(names: list[str]) -> dict[str, str]:
    return other_names(short_labels(names, "class"))


PAGES: list[Callable[[list[str]], Iterator[str]]] = [in_results, in_claims, in_sweep, in_report]


@pytest.mark.parametrize("place", PAGES)
def test_a_page_shows_the_text_and_has_no_more_tags_for_it(place, folder: Path) -> None:
    plain = [as_html(text) for text in place([WORD] * len(ODD))]
    for text, before in zip(place(ODD), plain, strict=True):
        after = as_html(text)
        assert after.tags == before.tags
        # An address is a link on GitHub unless it is broken by a backslash.
        assert "https://evil" not in text and "www.evil" not in text
    everything = " ".join(as_html(text).text for text in place(ODD))
    for text in ODD:
        # Sentences may have `code` and *emphasis*, but names are shown as they are.
        assert shown(text) in " ".join(everything.split())


def test_the_report_s_page_is_its_text_with_its_own_pictures_alone(folder: Path) -> None:
    prepare_report(ODD)
    report("mnist-5k")
    path = Path("reports", "mnist-5k")
    html = Structure((path / "report.html").read_text(encoding="utf-8"))
    pictures = [dict(attrs)["src"] for tag, attrs in html.tags if tag == "img"]
    assert len(pictures) > 5 and all(src.startswith("data:image/png;base64,") for src in pictures)
    links = {dict(attrs)["href"] for tag, attrs in html.tags if tag == "a"}
    assert {link for link in links if link[0] != "#"} == {"claims.html", "../index.html"}
    assert {tag for tag, _ in html.tags} & {"script", "iframe", "object", "form", "svg"} == set()
    # Even what no escape has caught is not loaded.
    assert "default-src 'none'; img-src data:" in str(html.tags)


def test_a_page_takes_no_html_from_its_text(tmp_path: Path) -> None:
    html = self_contained("# A & <b>\n\n<script>x</script> [y](javascript:z)\n", tmp_path)
    assert "<title>A &amp; &lt;b&gt;</title>" in html
    text = html.partition("<main>")[2]
    assert "<script" not in text and "href" not in text


def test_a_template_cannot_forget_the_escape() -> None:
    """In code and in addresses a backslash escapes nothing: there are filters for them."""
    for path in PROJECT.glob("src/aebench/*/templates/*.md.j2"):
        text = path.read_text(encoding="utf-8")
        targets = re.findall(r"\]\(((?:\{\{.*?\}\}|[^(){}])*)\)", text)
        assert len(targets) == text.count("](")
        for put_in in re.findall(r"\{\{.*?\}\}", "".join(targets)):
            assert put_in.endswith("|url }}"), path
        for code in text.split("`")[1::2]:
            assert "{{" not in code, path


def test_sentences_have_code_and_emphasis_and_nothing_else() -> None:
    text = prose("`a|b` and `<b>` are *seen*; [x](y) *<i>* * 2 * 3")
    assert as_html(text).text.strip() == "`a|b` and <b> are seen; [x](y) <i> * 2 * 3"
    assert text.count("`<b>`") == 1 and "*seen*" in text
    assert isinstance(text, Markdown) and [tag for tag, _ in as_html(text).tags] == ["p"]


def test_the_readme_names_data_sets_as_they_are(folder: Path) -> None:
    for text in ("![a](b)", "a|b"):
        shutil.copytree(committed() / "reports" / "mnist-5k", Path("reports", text))
    html = as_html(overview.table())
    links = [dict(attrs)["href"] for tag, attrs in html.tags if tag == "a"]
    assert links == ["reports/%21%5Ba%5D%28b%29/report.md", "reports/a%7Cb/report.md"]
    assert "![a](b)" in html.text and "a|b" in html.text


def test_html_has_the_text_of_maps() -> None:
    def maps(title: str) -> Structure:
        return Structure(
            render_html("aebench.studies", "maps.html.j2", title=title, data="{}", sprites="")
        )

    for text in ODD:
        assert maps(text).tags == maps(WORD).tags


# Pictures


def drawn(figure: Figure, path: Path) -> list[str]:
    """All texts of the figure, once it is written without a warning of missing letters."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        save_figure(figure, path)
    assert path.stat().st_size > 1000
    texts = [text for text in figure.findobj(Text) if text.get_text()]
    assert all(len(text.get_text()) <= 2 * LONGEST + 20 for text in texts)
    return [text.get_text() for text in texts]


def test_classes_in_a_legend(tmp_path: Path) -> None:
    points = np.random.default_rng(0).normal(size=(len(ODD), 2))
    figure = code_map(points, np.arange(len(ODD)), ODD, "codes")
    texts = drawn(figure, tmp_path / "a.png")
    (axes,) = figure.axes
    legend = [text.get_text() for text in axes.get_legend().get_texts()]
    assert len(set(legend)) == len(ODD) and set(legend) <= set(texts)
    assert {"$$", "$5 and $10", " _hidden"} <= set(legend)
    names = other(ODD)
    assert {"漢字", "\ud800", "x" * 200} <= set(names.values())
    assert not set(names.values()) & set(legend)


def test_levels_in_a_picture_of_a_study(tmp_path: Path, prepared: Prepared) -> None:
    study = of_study(["漢字", *ODD])
    names = PictureNames(study)
    results = names.relabelled(Results(study, [], rows(study), prepared))
    assert len(results.rows) == 2 * len(ODD)
    assert study.published[0].where != results.study.published[0].where
    # Of published numbers, too, the place is found by its new name.
    (first,) = results.study.published[0].where.values()
    assert first in results.study.axes[results.first_axis]
    comparison(results, "x", tmp_path / "a.png")
    assert (tmp_path / "a.png").stat().st_size > 1000
    assert "漢字" in names.others(()).values()


def test_ordinary_names_stay_as_they_are() -> None:
    ordinary = ["autoencoder, 32 numbers, cross-entropy", "Nesterov", "1e-3", "→ β"]
    assert short_labels(ordinary, "level") == {name: name for name in ordinary}
    assert other_names(short_labels(ordinary, "level")) == {}


def test_short_labels_are_no_other_s_name() -> None:
    long = ["a" * 100 + "b" + "c" * 30, "a" * 100 + "d" + "c" * 30]
    labels = short_labels(["漢", "class 1", *long], "class")
    assert labels == {"class 1": "class 1", "漢": "class 4"} | dict(
        zip(long, ("class 2", "class 3"), strict=True)
    )


@pytest.mark.parametrize("draw", [pictures.parallel, pictures.slices])
def test_choices_in_a_picture_of_a_sweep(draw, tmp_path: Path) -> None:
    texts = drawn(draw(of_sweep(ODD), of_trials(ODD).trials), tmp_path / "a.png")
    assert {"$$", "$5 and $10"} <= set(texts) and "漢字" not in texts


def test_choices_in_the_interactive_page(tmp_path: Path) -> None:
    def tags(choices: list[str]) -> list[Any]:
        interactive.draw(of_sweep(choices), of_trials(choices), tmp_path / "small")
        text = (tmp_path / "small" / "interactive.html").read_text(encoding="utf-8")
        # plotly takes some tags in its labels, in the script as escapes.
        assert "\\u003cimg" not in text and "\\u003chttps" not in text
        return [tag for tag, _ in Structure(text).tags]

    odd = ["<img src=x>", "<https://a>", "</script><script>alert(1)</script>", "&lt;b&gt;"]
    assert tags(odd) == tags([f"{WORD} {i}" for i in range(len(odd))])


def test_powers_beside_an_axis_are_still_mathematics(tmp_path: Path) -> None:
    figure = Figure()
    axes = figure.subplots()
    axes.plot([1, 1000], [1, 1000])
    axes.set_yscale("log")
    axes.set_xticks([1, 1000], ["$a$", "$b$"])
    save_figure(figure, tmp_path / "a.png")
    assert not any(label.get_parse_math() for label in axes.get_xticklabels())
    assert all(label.get_parse_math() for label in axes.get_yticklabels())


# Files


def test_a_spreadsheet_computes_nothing_and_numbers_stay_numbers(tmp_path: Path) -> None:
    cells = [*ODD, "'=1", "-1.5", "+2", "-inf", "1e-5", -3.5, -1, ""]
    write_csv(tmp_path / "a.csv", [{"name": cell, "value": -0.5} for cell in cells])
    with (tmp_path / "a.csv").open(newline="", encoding="utf-8") as file:
        lines = list(csv.DictReader(file))
    for cell, line in zip(cells, lines, strict=True):
        assert line["value"] == "-0.5"
        first = line["name"][:1]
        assert first not in tuple("=+-@") or float(line["name"]) == float(cell)
        if cell != "\ud800":
            assert read_csv_text(line["name"]) == str(cell)


@pytest.mark.parametrize("text", ODD)
def test_names_of_files_stay_in_their_folder(text: str, tmp_path: Path) -> None:
    path = tmp_path / f"comparison-{file_name(text)}.png"
    path.write_bytes(b"")
    assert [entry.name for entry in tmp_path.iterdir()] == [path.name]
    assert len({file_name(text), file_name(text + "a"), file_name("a" + text)}) == 3


@pytest.mark.parametrize("name", ["a'b", "a\nb", "..", "-x", "a" * 101, "a`b"])
def test_a_study_with_an_odd_name_is_refused(name: str, folder: Path) -> None:
    Path("studies").mkdir()
    Path("studies", f"{name}.yaml").write_text("sets: {mnist: {}}")
    name = Path(f"{name}.yaml").stem
    with pytest.raises(InputError, match="allowed: up to 100 letters"):
        load_study(name, "mnist")


@pytest.mark.parametrize("text", [*ODD, ".", "..", "/", "", "a//b", "漢" * 300])
def test_mlflow_takes_the_names(text: str) -> None:
    validation = pytest.importorskip("mlflow.utils.validation")
    validation._validate_param_name(entity_name(text))
    validation._validate_tag(entity_name(text), "value")
    validation._validate_metric_name(entity_name(text))
    assert len(run_name(text)) <= 250
