import pytest
from committed import committed

from aebench.core.errors import InputError
from aebench.reporting.glossary import lines, meaning
from aebench.studies.config import load_study
from aebench.studies.results_table import named

STUDIES = {path.stem for path in (committed() / "studies").glob("*.yaml")} - {"base", "dvc"}


@pytest.mark.parametrize("name", sorted(STUDIES))
def test_every_number_of_a_study_is_explained(name: str, monkeypatch) -> None:
    monkeypatch.chdir(committed())
    for dataset in ("mnist-5k", "mnist", "fashion-mnist"):
        try:
            study = load_study(name, dataset)
        except InputError:
            continue
        metrics = {study.metric, *(metric for _, metric in named(study))}
        metrics |= {claim.metric for claim in study.claims}
        metrics |= {claim.against for claim in study.claims if claim.against}
        assert not [metric for metric in metrics if meaning(metric) is None]


def test_a_line_says_of_which_images_and_where() -> None:
    assert "validation images" in meaning("validation_sse_per_image")
    assert "files of 0.25 bits" in meaning("sse_per_image_at_0.25")
    assert "from N(0, I)" in meaning("small_inception_frechet_standard")


def test_what_is_not_known_has_no_line() -> None:
    assert meaning("nobody_knows") is None
    assert lines(["nll", "nobody_knows", "nll"]).count("\n") == 0
