"""What holds for every measure."""

import re

import pytest

from aebench.core.errors import InputError
from aebench.core.schema import parse
from aebench.measures.base import Measure
from aebench.measures.stored import is_measured, measure_or_load

NOISE = {"name": "gaussian", "std": 0.2}
NEEDED = {
    "likelihood": {"samples": 5},
    "generation": {"images": 40, "classifier_epochs": 1},
    "conditional": {"images": 40, "classifier_epochs": 1},
    "latents": {},
    "denoising": {"noise": NOISE, "others": {"weaker": NOISE, "stronger": NOISE}},
    "map": {},
    "probe": {},
    "anomaly": {},
    "lossy": {"rates": [0.1, 4.0]},
    "lossless": {"binarization": "none"},
}


def measure(name: str, **changes) -> Measure:
    return parse(Measure, {"name": name, **NEEDED[name], **changes}, "measure")


def test_these_are_built_in() -> None:
    assert set(Measure.known()) == set(NEEDED)


@pytest.mark.parametrize("name", NEEDED)
def test_it_defines_all_that_is_asked_for_and_explains_its_columns(name: str) -> None:
    section = measure(name)
    assert type(section).lacks() == []
    columns = section.columns()
    assert len(set(columns)) == len(columns) > 0
    for column in columns:
        assert any(re.fullmatch(pattern, column) for pattern in section.glossary), column


def test_a_measurement_belongs_to_the_measure_its_version_and_the_subject(
    baseline, monkeypatch
) -> None:
    subject = baseline("jpeg")
    lossy = measure("lossy")
    kept = measure_or_load(lossy, subject)
    assert kept.name == "lossy" and set(kept.values) <= set(lossy.columns())
    assert is_measured(lossy, subject)
    # Spelled out or not, defaults are the same; what is drawn by no seed is the same for all.
    assert is_measured(measure("lossy", whole=True), subject)
    assert is_measured(lossy, baseline("jpeg", seed=1))
    assert not is_measured(measure("lossy", whole=False), subject)
    assert not is_measured(lossy, baseline("webp"))
    monkeypatch.setattr(type(subject.baseline), "version", 2)
    assert not is_measured(lossy, subject)
    monkeypatch.undo()
    monkeypatch.setattr(type(lossy), "version", lossy.version + 1)
    assert not is_measured(lossy, subject)


@pytest.mark.parametrize(
    ("objective", "said"),
    [
        ({"name": "reconstruction", "loss": "sse"}, "maximizes no likelihood; allowed: elbo, iwae"),
        ({"name": "elbo", "binarization": "none"}, "bernoulli gives grey values none"),
    ],
)
def test_a_likelihood_is_one_of_the_pixels_that_are_trained_on(
    objective: dict, said: str, prepared, recipe
) -> None:
    typed = recipe("vae", objective, without=[1])
    model = typed.model.build(prepared.image_shape)
    for section in (measure("likelihood"), measure("anomaly", score="likelihood")):
        with pytest.raises(InputError, match=said):
            section.check(model, prepared, typed)


def test_some_image_must_be_anomalous(prepared, recipe) -> None:
    anomaly, model = measure("anomaly"), recipe().model.build(prepared.image_shape)
    with pytest.raises(InputError, match="no image is anomalous"):
        anomaly.check(model, prepared, recipe())
    anomaly.check(model, prepared, recipe(without=[1]))
