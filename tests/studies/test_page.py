import pytest

from aebench.errors import InputError
from aebench.studies.page import effect, number, write_claims
from aebench.studies.study import Work


def test_the_page_says_what_was_claimed_compared_and_found(project, study) -> None:
    study()
    Work("small", "tiny").run()
    write_claims("tiny")
    text = (project / "reports" / "tiny" / "claims.md").read_text()
    assert "| Long steps are better. | **supported** | -" in text
    assert "Compared: test_sse_per_image: rate high against rate low" in text
    assert "| pretraining greedy |" in text
    assert "![Every seed (dots), mean and 95 % interval](studies/small/comparison.png)" in text
    # Every picture that it shows is there.
    for line in text.splitlines():
        if line.startswith("!["):
            assert (project / "reports" / "tiny" / line.split("](")[1].rstrip(")")).exists()


def test_without_a_study_there_is_no_page(project) -> None:
    with pytest.raises(InputError, match="no study of tiny"):
        write_claims("tiny")


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.123456, "0.123"), (12.3456, "12.3"), (123456.0, "123,456"), (-1.0, "-1"), (None, "none")],
)
def test_numbers_have_three_digits(value: float | None, text: str) -> None:
    assert number(value) == text


def test_an_effect_shows_its_interval() -> None:
    one = {"effect": -0.5, "interval": [-0.75, -0.25]}
    assert effect(one) == "-0.5 (-0.75 to -0.25)"
    assert effect({"effect": 0.5, "interval": None}) == "+0.5"
    assert effect({"effect": None, "interval": None}) == "none: no pairs"
