import math

import pytest
import torch

from aebench.core.errors import InputError
from aebench.models.vae import VAE
from aebench.objectives.iwae import BATCH_SIZE
from aebench.objectives.sections.elbo import Elbo
from aebench.objectives.sections.iwae import Iwae

HIDDEN = {"widths": [4], "unit": "tanh"}


def model(**hyperparameters) -> VAE:
    """Its posteriors are far from the true ones, so that bounds differ."""
    torch.manual_seed(0)
    model = VAE([1, 3, 2], 2, HIDDEN, HIDDEN, **hyperparameters)
    with torch.no_grad():
        for parameter in model.decoder.parameters():
            parameter.mul_(3)
    return model


def grey(count: int) -> torch.Tensor:
    generator = torch.Generator().manual_seed(0)
    return torch.randint(256, (count, 1, 3, 2), generator=generator, dtype=torch.uint8)


def iwae(samples: int, binarization: str = "none", **hyperparameters):
    return Iwae(samples=samples, binarization=binarization, **hyperparameters).build()


@pytest.mark.parametrize("binarization", ["none", "stochastic"])
def test_gradients_are_those_of_finite_differences(binarization: str, finite_differences) -> None:
    assert finite_differences(iwae(3, binarization, kl_warmup=3), model(), grey(5).double() / 255)


def test_the_loss_is_the_logarithm_of_the_mean_weight() -> None:
    trainable, batch = model(), grey(50) / 255
    torch.manual_seed(1)
    weights = trainable.log_weights(batch, 5)
    torch.manual_seed(1)
    terms = iwae(5)(trainable, batch, 0.0)
    torch.testing.assert_close(terms["loss"], -weights.exp().mean(0).log().mean())
    torch.testing.assert_close(terms["elbo"], weights.mean())
    torch.testing.assert_close(terms["elbo"], -(terms["reconstruction"] + terms["kl"]))


def test_the_gradient_weighs_each_draw_by_its_share() -> None:
    """Burda et al. 2015, eq. 14: the sum of w_i / sum(w) times the gradient of log w_i."""
    trainable, batch = model(), grey(1) / 255
    torch.manual_seed(1)
    iwae(4)(trainable, batch, 0.0)["loss"].backward()
    bias = trainable.decoder.layers[-1].bias
    whole, bias.grad = bias.grad, None
    torch.manual_seed(1)
    weights = trainable.log_weights(batch, 4)[:, 0]
    each = [torch.autograd.grad(w, bias, retain_graph=True)[0] for w in weights]
    shares = weights.softmax(0)
    torch.testing.assert_close(whole, -sum(s * g for s, g in zip(shares, each, strict=True)))


def test_with_one_sample_it_is_the_elbo() -> None:
    """Draw for draw where the ELBO's KL, too, is estimated; in the mean where it is exact."""
    trainable, batch = model(), grey(4) / 255
    torch.manual_seed(1)
    terms = iwae(1)(trainable, batch, 0.0)
    torch.testing.assert_close(terms["loss"], -terms["elbo"])
    torch.manual_seed(1)
    exact = Elbo(binarization="none").build()(trainable, batch, 0.0)
    torch.testing.assert_close(terms["reconstruction"], exact["reconstruction"])
    many = batch.repeat(20_000, 1, 1, 1)
    with torch.no_grad():
        drawn = -trainable.importance(many, trainable.posterior(many), 1)[1].flatten()
    error = drawn.std() / len(drawn) ** 0.5
    assert abs(drawn.mean() - exact["kl"]) < 4 * error


def test_bounds_rise_with_the_number_of_samples() -> None:
    trainable, batch = model(), (grey(6) / 255).round().repeat(1000, 1, 1, 1)
    torch.manual_seed(0)
    with torch.no_grad():
        elbo = trainable.elbo(batch).mean()
        five, fifty = (-iwae(k).validate(trainable, batch)["loss"] for k in (5, 50))
        exact = trainable.log_likelihood(batch[:6], 100_000).mean()
    # Far more than the noise of 6,000 images.
    assert elbo + 0.02 < five < fifty - 0.005
    assert fifty < exact + 0.005


def test_warm_up_weighs_the_ratio_and_validation_does_not() -> None:
    trainable, batch = model(), grey(50) / 255
    objective = iwae(3, kl_warmup=10)
    torch.manual_seed(1)
    given, ratio = trainable.importance(batch, trainable.posterior(batch), 3)
    for epoch, weight in [(0.0, 0.0), (2.5, 0.25), (99.0, 1.0)]:
        torch.manual_seed(1)
        bound = (torch.logsumexp(given + weight * ratio, 0) - math.log(3)).mean()
        torch.testing.assert_close(objective(trainable, batch, epoch)["loss"], -bound)
    torch.manual_seed(1)
    expected = (torch.logsumexp(given + ratio, 0) - math.log(3)).mean()
    torch.testing.assert_close(objective.validate(trainable, batch)["iwae"], expected)


def test_the_first_epochs_have_few_draws_and_validation_all_of_them() -> None:
    trainable, batch = model(), grey(50) / 255
    growing = iwae(30, first={"samples": 2, "epochs": 3})
    for epoch, draws in [(0.0, 2), (2.9, 2), (3.0, 30)]:
        torch.manual_seed(1)
        loss = growing(trainable, batch, epoch)["loss"]
        torch.manual_seed(1)
        torch.testing.assert_close(loss, iwae(draws)(trainable, batch, epoch)["loss"])
    torch.manual_seed(1)
    validated = growing.validate(trainable, batch)["loss"]
    torch.manual_seed(1)
    torch.testing.assert_close(validated, iwae(30).validate(trainable, batch)["loss"])


def test_its_phases_are_the_warm_up_few_draws_and_all_of_them() -> None:
    """A step that is recorded in one would go on with its weight of the KL and its draws."""
    first = {"samples": 2, "epochs": 3}
    for objective, phases in [
        (iwae(30), [30] * 5),
        (iwae(30, kl_warmup=2), [None, None, 30, 30, 30]),
        (iwae(30, first=first), [2, 2, 2, 30, 30]),
        (iwae(30, kl_warmup=2, first=first), [None, None, 2, 30, 30]),
        (iwae(30, kl_warmup=4, first=first), [None, None, None, None, 30]),
    ]:
        assert [objective.phase(epoch) for epoch in (0.0, 1.9, 2.0, 3.9, 4.0)] == phases


def test_a_batch_of_many_draws_is_taken_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(BATCH_SIZE, "cpu", 120)
    batch = torch.zeros(50, 1, 3, 2)
    growing = iwae(30, first={"samples": 2, "epochs": 3})
    assert [len(part) for part in growing.parts(batch, 0.0)] == [50]
    assert [len(part) for part in growing.parts(batch, 3.0)] == [5, 5] + [4] * 10
    assert [len(part) for part in iwae(1000).parts(batch, 0.0)] == [2] * 25
    # Batch norm has no statistics of one image.
    assert [len(part) for part in iwae(1000).parts(batch[:3], 0.0)] == [3]


def test_metrics_are_means_over_all_images_however_many_are_decoded_at_a_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    trainable, images = model(), grey(1500)
    torch.manual_seed(0)
    metrics = iwae(20).metrics(trainable, images)
    assert list(metrics) == ["iwae", "elbo", "reconstruction", "kl"]
    decoded = []
    given = trainable.log_likelihood_given

    def noted(x: torch.Tensor, z: torch.Tensor) -> torch.Tensor:
        decoded.append(z.shape[:2])
        return given(x, z)

    monkeypatch.setattr(trainable, "log_likelihood_given", noted)
    torch.manual_seed(1)
    again = iwae(20).metrics(trainable, images)
    assert metrics["iwae"] == pytest.approx(again["iwae"], rel=0.01)
    assert max(k * n for k, n in decoded) <= 1000
    assert sum(k * n for k, n in decoded) == 20 * 1500


@pytest.mark.parametrize("name", ["elbo", "iwae"])
@pytest.mark.parametrize("how", ["stochastic", "fixed"])
def test_grey_likelihoods_are_never_given_binary_targets(name: str, how: str) -> None:
    kind = {"elbo": Elbo, "iwae": Iwae}[name]
    trainable = model(likelihood="beta-binomial")
    with pytest.raises(InputError, match=rf"binarization: {how}.*allowed: none"):
        kind(binarization=how, samples=2).build().trainable(trainable)
    assert kind(binarization="none", samples=2).build().trainable(trainable) is trainable
