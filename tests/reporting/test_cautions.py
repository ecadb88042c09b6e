"""What the report warns of, in its first lines."""

from aebench.reporting.cautions import cautions


def metrics(train: float, validation: float, kl: float = 20.0) -> dict:
    def errors(train: float, validation: float) -> dict:
        return {"train": {"sse_per_image": train}, "validation": {"sse_per_image": validation}}

    return {
        "pca": errors(10.0, 11.0),
        "scratch": errors(train, validation),
        "vae": {"validation": {"kl": kl}},
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


def test_collapsed_posteriors_are_named() -> None:
    (text,) = cautions(metrics(5.0, 6.0, kl=0.03), {})
    assert "0.03 nats" in text and "kl_warmup" in text
    # An objective may measure no KL.
    assert cautions(metrics(5.0, 6.0) | {"vae": {"validation": {"nll": 1.0}}}, {}) == []


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
