"""Pictures of models with codes, of tiny trainings."""

import pytest

from aebench.core.errors import InputError
from aebench.studies.runner import StudyRunner

RESULTS = "reports/tiny/studies/small"
HIDDEN = {"widths": [8], "unit": "tanh"}
AE = {"name": "autoencoder", "code": 2, "encoder": HIDDEN, "decoder": HIDDEN}
VAE = {"name": "vae", "latent": 3, "encoder": HIDDEN, "decoder": HIDDEN}
BOUND = {"name": "elbo", "binarization": "fixed"}
CODES = {
    "seeds": [0],
    "targets": [],
    "claims": [],
    "axes": {
        "model": {"ae": {}, "vae": {"model": VAE, "objective": BOUND | {"binarization": "none"}}},
        "length": {"short": {"training.epochs": 2}},
    },
    "recipe": {
        "model": AE,
        "measures": [
            {"name": "generation", "images": 20, "components": 2, "classifier_epochs": 1},
            {"name": "latents"},
        ],
    },
    "metric": "small_inception_frechet_gaussian",
    "pictures": ["samples", "latent-maps", "latent-grid", "traversals"],
}
BOUNDS = {
    "seeds": [0, 1],
    "targets": [],
    "claims": [],
    "axes": {"beta": {"1": {}, "4": {"objective.beta": 4.0}}, "length": {"short": {}}},
    "recipe": {
        "model": VAE,
        "objective": BOUND,
        "measures": [{"name": "likelihood", "samples": 5}],
    },
    "metric": "nll",
    "pictures": ["rate-distortion", "terms", "from-prior"],
}


@pytest.mark.parametrize("changes", [CODES, BOUNDS], ids=["codes", "bounds"])
def test_the_pictures_are_the_same_bytes_each_time(changes, project, study) -> None:
    study(**changes)
    assert StudyRunner("small", "tiny").run() == 0
    folder = project / RESULTS
    first = {name: (folder / f"{name}.png").read_bytes() for name in changes["pictures"]}
    assert StudyRunner("small", "tiny").run() == 0
    assert first == {name: (folder / f"{name}.png").read_bytes() for name in first}


@pytest.mark.parametrize(
    ("changes", "name", "measure"),
    [(BOUNDS, "latent-maps", "latents"), (CODES, "rate-distortion", "likelihood")],
)
def test_a_picture_needs_its_measure(changes, name, measure, project, study) -> None:
    study(**changes | {"pictures": [name]})
    with pytest.raises(InputError, match=f"pictures: '{name}' needs the measure '{measure}'"):
        StudyRunner("small", "tiny")
