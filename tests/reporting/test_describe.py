"""What the report says of recipes."""

import pytest

from aebench.config.automatic import automatic
from aebench.core.schema import parse
from aebench.data.facts import Facts
from aebench.experiments.recipe import Recipe
from aebench.reporting import describe


@pytest.mark.parametrize(
    ("levels", "says"), [(2, "black and white, as they are"), (256, "the grey values themselves")]
)
def test_targets_that_are_not_binarized_are_a_likelihood_s(levels, says) -> None:
    chosen = automatic(Facts((1, 28, 28), 4000, levels))["recipes"]["vae"]
    recipe = parse(Recipe, {"precision": "fp32", "threads": 1, **chosen}, "vae")
    assert describe.targets(recipe, levels) == says
