"""Recipes that suit the images."""

import pytest

from aebench.config.automatic import automatic, code_size, reasons
from aebench.config.params import Config
from aebench.core.schema import parse
from aebench.data.facts import Facts

SHAPES = [(1, 8, 8), (1, 28, 28), (3, 5, 5), (3, 32, 32), (1, 100, 70), (3, 256, 256), (2, 80, 80)]
NUMERICS = {"precision": "fp32", "threads": 1, "seeds": [0]}


def config(facts: Facts) -> Config:
    return parse(Config, {**NUMERICS, **automatic(facts)}, "automatic")


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("images", [12, 200, 200_000])
@pytest.mark.parametrize("levels", [2, 17, 256])
def test_they_can_be_built_and_trained_on_any_images(shape, images, levels) -> None:
    facts = Facts(shape, images, levels)
    chosen = config(facts)
    for _, recipe in chosen.recipes:
        training = recipe.training
        assert training.batch_size <= max(8, images)
        updates = training.epochs * max(1, images // training.batch_size)
        # A budget of updates, whatever the number of images: at most two whole epochs more.
        assert 300 <= updates <= 2100 + 2 * images // training.batch_size
        assert 1 <= training.patience <= training.epochs
    assert code_size(facts) < facts.values
    assert all(reason.isprintable() for reason in reasons(facts))
    if facts.values < 2**15:
        for _, recipe in chosen.recipes:
            recipe.model.build(shape)


@pytest.mark.parametrize(
    ("shape", "levels", "likelihood"),
    [
        ((1, 8, 8), 2, "bernoulli"),
        ((3, 8, 8), 2, "bernoulli"),
        ((1, 8, 8), 17, "discretized-logistic"),
        ((1, 8, 8), 256, "discretized-logistic"),
        ((3, 8, 8), 256, "colour-logistic"),
    ],
)
def test_the_likelihood_fits_the_values(shape, levels, likelihood) -> None:
    model = config(Facts(shape, 500, levels)).recipes.vae.model
    assert model.likelihood.member_name == likelihood


def test_large_images_get_convolutions_and_their_work_is_bounded() -> None:
    small, large = (config(Facts(shape, 1000, 256)).recipes for shape in SHAPES[1:6:4])
    assert small.autoencoder.model.encoder.member_name == "dense"
    assert large.autoencoder.model.encoder.member_name == "conv"
    assert large.vae.training.batch_size < small.vae.training.batch_size
