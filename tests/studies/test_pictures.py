"""Pictures that are drawn from what measures have kept."""

import base64
import io
import json
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from aebench.core.errors import InputError
from aebench.studies.claims_page import write_claims
from aebench.studies.config import load_study
from aebench.studies.pictures.comparison import measured_lines
from aebench.studies.pictures.draw import NEEDS
from aebench.studies.pictures.panels import panels, places
from aebench.studies.pictures.results import Results
from aebench.studies.runner import StudyRunner

RESULTS = Path("reports", "tiny", "studies", "small")
NOISE = {"name": "gaussian", "std": 0.2}
PCA = {"baseline": {"name": "pca"}}
STUDIES = {
    "denoised": {
        "recipe": {"measures": [{"name": "denoising", "noise": NOISE, "others": {"more": NOISE}}]},
        "metric": "ssim_more",
        "axes": {"method": {"PCA": PCA, "median": {"baseline": {"name": "median-filter"}}}},
    },
    "maps": {
        "recipe": {"measures": [{"name": "map"}]},
        "metric": "silhouette",
        "axes": {"method": {"PCA": PCA, "Isomap": {"baseline": {"name": "isomap"}}}},
    },
    "roc": {
        "recipe": {"measures": [{"name": "anomaly"}], "training.without": [1]},
        "metric": "auroc",
        "axes": {
            "method": {
                "PCA": {"baseline": {"name": "pca", "components": [2]}},
                "forest": {"baseline": {"name": "isolation-forest", "trees": 10}},
            },
            "without": {"1": {}, "2": {"training.without": [2]}},
        },
    },
    "codecs": {
        "recipe": {"measures": [{"name": "lossy", "rates": [1.0, 4.0]}]},
        "metric": "psnr_db_at_4",
        "axes": {
            "method": {"PCA": PCA, "JPEG": {"baseline": {"name": "jpeg"}}},
            "files": {"one for all": {}, "one each": {"measures.0.whole": False}},
        },
    },
}
FILES = {
    "codecs": ["decoded.png", "rate-curves.png"],
    "denoised": ["denoised.png"],
    "maps": ["maps.html", "maps.png"],
    "roc": ["roc.png", "scores.png"],
}
ASKED = {
    "codecs": ["decoded", "rate-curves"],
    "denoised": ["denoised"],
    "maps": ["maps", "maps-page"],
    "roc": ["roc", "scores"],
}


@pytest.mark.parametrize("kind", STUDIES)
def test_they_are_drawn_twice_alike_without_any_net(kind: str, project, study) -> None:
    study(**STUDIES[kind], targets=[], claims=[], seeds=[0], pictures=ASKED[kind])
    drawn = []
    for _ in range(2):
        assert StudyRunner("small", "tiny").run() == 0
        drawn.append({name: (RESULTS / name).read_bytes() for name in FILES[kind]})
    assert drawn[0] == drawn[1]


def test_the_page_of_maps_brings_all_that_it_shows(project, study, prepared) -> None:
    study(**STUDIES["maps"], targets=[], claims=[], seeds=[0], pictures=["maps-page"])
    StudyRunner("small", "tiny").run()
    page = (RESULTS / "maps.html").read_text()
    assert "http" not in page.replace("http://www.w3.org/2000/svg", "")
    data = json.loads(re.search(r"const data = (.*);", page)[1])
    images, labels = prepared.part("test")
    assert data["labels"] == labels.tolist() and data["classes"] == ["a", "b", "c", "d"]
    assert [panel["name"] for panel in data["panels"]] == ["PCA", "Isomap"]
    for panel in data["panels"]:
        points = np.array(panel["points"])
        assert points.shape == (40, 2) and (points.min(), points.max()) == (0, 1000)
    sprites = Image.open(io.BytesIO(base64.b64decode(re.search(r"base64,([^\"]+)", page)[1])))
    np.testing.assert_array_equal(255 - np.array(sprites).reshape(40, 6, 6), images[:, 0])
    write_claims("tiny")
    assert "[maps.html](maps.html)" in Path("reports/tiny/studies/small/index.md").read_text()


@pytest.mark.parametrize("name", NEEDS)
def test_they_need_their_measure(name: str, study) -> None:
    study(pictures=[name])
    with pytest.raises(InputError, match=f"'{name}' needs the measure"):
        StudyRunner("small", "tiny")


def test_a_comparison_leaves_out_what_has_no_such_metric_and_shows_what_is_not_reached(
    study, prepared
) -> None:
    study(targets=[5.0], claims=[], seeds=[0], axes={"method": {"a": {}, "b": {}, "c": {}}})
    rows = [
        {"method": "a", "status": "ok", "nll": 3.0, "evaluations_to_5": ""},
        {"method": "b", "status": "ok", "nll": "", "evaluations_to_5": ""},
        {"method": "c", "status": "diverged", "nll": "", "evaluations_to_5": ""},
    ]
    results = Results(load_study("small", "tiny"), [], rows, prepared)
    assert measured_lines(results, "nll") == {"a", "c"}
    assert measured_lines(results, "evaluations_to_5") == {"a", "b", "c"}


def test_a_panel_without_lines_is_left_out_of_a_study_of_some_places(study, prepared) -> None:
    axes = {"method": {"a": {}, "b": {}}, "data": {"x": {}, "y": {}}}
    only = [{"method": "a", "data": "x"}, {"method": "b", "data": "y"}]
    study(targets=[], claims=[], seeds=[0], axes=axes, only=only)
    one = load_study("small", "tiny")
    _, every = panels(one, places(one), height=1.0)
    assert [panel.place for panel in every] == [{"data": "x"}, {"data": "y"}]
    _, some = panels(one, places(one), height=1.0, labels={"b"})
    assert [(panel.place, len(panel.lines)) for panel in some] == [({"data": "y"}, 1)]
