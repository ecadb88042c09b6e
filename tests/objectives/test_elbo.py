import pytest
import torch

from aebench.data.pixels import binarize, to_float
from aebench.models.vae import VAE
from aebench.objectives.sections.elbo import Elbo

HIDDEN = {"widths": [4], "unit": "tanh"}


def model() -> VAE:
    torch.manual_seed(0)
    return VAE([1, 3, 2], 2, HIDDEN, HIDDEN)


def grey(count: int) -> torch.Tensor:
    generator = torch.Generator().manual_seed(0)
    return torch.randint(256, (count, 1, 3, 2), generator=generator, dtype=torch.uint8)


def elbo(binarization: str = "none", **hyperparameters):
    return Elbo(binarization=binarization, **hyperparameters).build()


@pytest.mark.parametrize("binarization", ["none", "stochastic"])
def test_gradients_are_those_of_finite_differences(binarization: str, finite_differences) -> None:
    assert finite_differences(
        elbo(binarization, beta=0.7, kl_warmup=3), model(), grey(5).double() / 255
    )


def test_the_loss_is_the_models_negative_bound() -> None:
    trainable, batch = model(), grey(50) / 255
    torch.manual_seed(1)
    bound = trainable.elbo(batch).mean()
    torch.manual_seed(1)
    terms = elbo()(trainable, batch, 0.0)
    torch.testing.assert_close(terms["loss"], -bound)
    torch.testing.assert_close(terms["loss"], terms["reconstruction"] + terms["kl"])


@pytest.mark.parametrize(
    ("beta", "warmup", "epoch", "weight"),
    [
        (1.0, 0, 0.0, 1.0),
        (4.0, 0, 0.0, 4.0),
        (1.0, 10, 0.0, 0.0),
        (1.0, 10, 2.5, 0.25),
        (4.0, 10, 2.5, 1.0),
        (4.0, 10, 10.0, 4.0),
        (4.0, 10, 99.0, 4.0),
    ],
)
def test_the_weight_of_the_kl_term_rises_to_beta(
    beta: float, warmup: int, epoch: float, weight: float
) -> None:
    objective = elbo(beta=beta, kl_warmup=warmup)
    assert objective.kl_weight(epoch) == pytest.approx(weight)
    trainable, batch = model(), grey(5) / 255
    terms = objective(trainable, batch, epoch)
    torch.testing.assert_close(terms["loss"], terms["reconstruction"] + weight * terms["kl"])
    # What is compared and stopped by is the bound itself.
    validation = objective.validate(trainable, batch)
    torch.testing.assert_close(validation["loss"], validation["reconstruction"] + validation["kl"])


@pytest.mark.parametrize("how", ["stochastic", "fixed"])
def test_binary_targets_have_the_grey_value_as_mean(how: str) -> None:
    torch.manual_seed(0)
    levels = torch.tensor([0, 32, 128, 200, 255], dtype=torch.uint8)
    drawn = binarize(levels.repeat(400_000, 1), how)
    assert set(drawn.unique().tolist()) == {0.0, 1.0}
    torch.testing.assert_close(drawn.mean(0), levels / 255, rtol=0, atol=0.004)
    # Black and white leave no choice.
    assert drawn[:, 0].max() == 0
    assert drawn[:, -1].min() == 1


def test_fixed_targets_are_drawn_once_and_stochastic_ones_each_time() -> None:
    images = grey(100)
    assert torch.equal(binarize(images, "fixed"), binarize(images, "fixed"))
    assert not torch.equal(binarize(images, "stochastic"), binarize(images, "stochastic"))
    trainable = model()
    before = torch.get_rng_state()
    fixed = to_float(elbo("fixed").inputs(trainable, images))
    assert torch.equal(fixed, binarize(images, "fixed"))
    assert torch.equal(torch.get_rng_state(), before)
    for how in ("stochastic", "none"):
        assert elbo(how).inputs(trainable, images) is images


@pytest.mark.parametrize("binarization", ["none", "fixed", "stochastic"])
def test_targets_are_binary_unless_grey_ones_are_asked_for(
    binarization: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []
    elbo_terms = VAE.elbo_terms
    monkeypatch.setattr(
        VAE, "elbo_terms", lambda self, x, k: (seen.append(x), elbo_terms(self, x, k))[1]
    )
    objective, trainable = elbo(binarization), model()
    batch = to_float(objective.inputs(trainable, grey(50)))
    objective(trainable, batch, 0.0)
    objective(trainable, batch, 0.0)
    binary = set(seen[0].unique().tolist()) == {0.0, 1.0}
    assert binary == (binarization != "none")
    assert torch.equal(seen[0], seen[1]) == (binarization != "stochastic")


def test_metrics_are_means_over_all_images() -> None:
    trainable, images = model(), grey(2500)
    torch.manual_seed(0)
    metrics = elbo("stochastic").metrics(trainable, images)
    assert metrics["elbo"] == pytest.approx(-metrics["reconstruction"] - metrics["kl"])
    torch.manual_seed(1)
    again = torch.cat([trainable.elbo(torch.bernoulli(images / 255)) for _ in range(5)]).mean()
    assert metrics["elbo"] == pytest.approx(again.item(), rel=0.01)
    assert metrics["elbo"] < 0


def test_free_bits_are_of_a_latents_mean_over_the_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not of each image: the second latent's 1.2 and 0.1 are 0.65 in the mean."""
    trainable, batch = model(), grey(2) / 255
    parts = torch.tensor([[0.0, 1.2], [0.2, 0.1]])
    monkeypatch.setattr(trainable, "elbo_terms", lambda images, samples: (torch.zeros(2), parts))
    terms = elbo(free_bits=0.5, beta=2.0)(trainable, batch, 0.0)
    assert terms["loss"].item() == pytest.approx(2 * (0.5 + 0.65))
    assert terms["kl"].item() == pytest.approx(0.1 + 0.65)


def test_free_bits_cost_nothing_and_have_no_gradient() -> None:
    """Kingma et al. 2016, eq. 16: for each latent the larger of its mean KL and the free bits."""
    trainable, batch = model(), grey(50) / 255
    with torch.no_grad():
        # One latent that says much, and one that says little.
        trainable.encoder.layers[-1].bias.copy_(torch.tensor([2.0, 0.1, 0.0, 0.0]))
    parts = trainable.elbo_terms(batch)[1].mean(0)
    assert parts[1] < 0.5 < parts[0]
    terms = elbo(free_bits=0.5)(trainable, batch, 0.0)
    torch.testing.assert_close(terms["loss"], terms["reconstruction"] + parts[0] + 0.5)
    torch.testing.assert_close(terms["kl"], parts.sum())
    (terms["loss"] - terms["reconstruction"]).backward()
    slopes = trainable.encoder.layers[-1].weight.grad.abs().sum(1) > 0
    assert slopes.tolist() == [True, False, True, False]
    # Models are compared by the bound itself.
    validation = elbo(free_bits=0.5).validate(trainable, batch)
    torch.testing.assert_close(validation["loss"], validation["reconstruction"] + validation["kl"])


def test_more_samples_make_the_reconstruction_less_noisy_and_leave_its_mean() -> None:
    trainable, batch = model(), grey(4) / 255

    def drawn(samples: int) -> torch.Tensor:
        objective = elbo(samples=samples)
        with torch.no_grad():
            terms = [objective(trainable, batch, 0.0)["reconstruction"] for _ in range(500)]
        return torch.stack(terms)

    torch.manual_seed(0)
    one, sixteen = drawn(1), drawn(16)
    assert sixteen.std() / one.std() == pytest.approx(1 / 4, rel=0.2)
    assert abs(one.mean() - sixteen.mean()) < 5 * one.std() / 500**0.5
