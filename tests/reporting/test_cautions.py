"""What the report warns of, in its first lines."""

from collections.abc import Mapping
from typing import Any

import pytest

from aebench.reporting import cautions as module


def cautions(
    metrics: Mapping[str, Any], curves: module.Curves, called: str = "autoencoder"
) -> list[str]:
    names = {"scratch": "autoencoder"}
    if called != "autoencoder":
        names = {"finetuned": called, "scratch": "from scratch"}
    return list(module.cautions(metrics, curves, names))


def metrics(
    train: float,
    validation: float,
    kl: float = 20.0,
    counting: float = 5.0,
    samples: dict[str, float] | None = None,
) -> dict:
    def errors(train: float, validation: float) -> dict:
        return {"train": {"sse_per_image": train}, "validation": {"sse_per_image": validation}}

    return {
        "pca": errors(10.0, 11.0),
        "scratch": errors(train, validation),
        "vae": {
            "validation": {"kl": kl},
            "test": {"nll_samples": 200, "effective_samples": counting},
            "samples": samples or {"contrast": 0.26, "training_contrast": 0.3},
        },
    }


def test_nothing_is_said_where_nothing_is_wrong() -> None:
    flat = {"scratch": [[9.0, 5.0] + 20 * [4.0]], "vae": [[120.0, 100.0, 101.0]]}
    assert cautions(metrics(5.0, 6.0), flat) == []


def test_a_net_that_loses_to_pca_is_named_with_what_to_change() -> None:
    (overfitted,) = cautions(metrics(5.0, 15.4), {})
    assert "The autoencoder loses to PCA" in overfitted and "15.40, PCA's 11.00" in overfitted
    assert "dropout" in overfitted
    (underfitted,) = cautions(metrics(14.0, 15.4), {})
    assert "more epochs" in underfitted


def test_a_net_that_beats_pca_but_knows_its_training_images_by_heart_is_named() -> None:
    (text,) = cautions(metrics(2.0, 6.0), {})
    assert "overfits" in text and "2.00 on training images and 3.0 times" in text
    assert "PCA's is 1.1 times" in text
    of_other_photographs = metrics(2.0, 6.0)
    of_other_photographs["pca"]["train"]["sse_per_image"] = 5.0
    assert cautions(of_other_photographs, {}) == []


def test_a_net_that_is_pca_clipped_to_the_range_of_pixels_is_named() -> None:
    measured = metrics(9.5, 10.2)
    assert cautions(measured, {}) == []
    measured["pca"]["validation"]["clipped_sse_per_image"] = 10.2
    (text,) = cautions(measured, {})
    assert "The autoencoder adds nothing to PCA" in text and "clipped to [0, 1], 10.20" in text


def test_collapsed_posteriors_are_named() -> None:
    (text,) = cautions(metrics(5.0, 6.0, kl=0.03), {})
    assert "0.03 nats" in text and "kl_warmup" in text
    # An objective may measure no KL.
    without = metrics(5.0, 6.0)
    del without["vae"]["validation"]["kl"]
    assert cautions(without, {}) == []


def test_samples_of_hardly_any_contrast_are_named() -> None:
    nearly_black = {"contrast": 0.014, "training_contrast": 0.088}
    (text,) = cautions(metrics(5.0, 6.0, samples=nearly_black), {})
    assert "VAE's samples show little" in text and "0.014" in text and "0.088" in text
    # Numbers of before have none of samples.
    without = metrics(5.0, 6.0)
    del without["vae"]["samples"]
    assert cautions(without, {}) == []


def test_a_likelihood_of_a_single_draw_is_named() -> None:
    (text,) = cautions(metrics(5.0, 6.0, counting=1.04), {})
    assert "of 200 importance samples 1.04 count" in text and "evaluate.nll_samples" in text


@pytest.mark.parametrize(
    ("called", "noun"),
    [("fine-tuned", "fine-tuned autoencoder"), ("from PCA", "autoencoder from PCA")],
)
def test_a_net_is_named_by_its_start(called, noun) -> None:
    values = metrics(5.0, 15.4)
    values["finetuned"] = values["scratch"]
    first, second = cautions(values, {}, called)
    assert f"The {noun} loses to PCA" in first and "The autoencoder from scratch loses" in second


def test_a_training_that_its_budget_cut_off_is_named() -> None:
    falling = [100.0 / epoch for epoch in range(1, 21)]
    (text,) = cautions(metrics(5.0, 6.0), {"vae": [falling, falling]})
    # 100/18 to 100/20.
    assert "VAE was cut off" in text and "10.0%" in text
    assert "recipes.vae.training.epochs" in text
    # Patience or overfitting ended it in one seed: its last epoch is not its best.
    assert cautions(metrics(5.0, 6.0), {"vae": [falling, [*falling, 6.0]]}) == []
    assert cautions(metrics(5.0, 6.0), {"vae": [[3.0]]}) == []
    assert cautions(metrics(5.0, 6.0), {"vae": [[0.0] * 20]}) == []
