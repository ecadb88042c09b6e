"""The contract of objectives."""

import math
from types import SimpleNamespace

import torch
from torch import Tensor, nn

from aebench.contract import common
from aebench.core.errors import InputError
from aebench.core.seeding import seeded
from aebench.data.examples import examples
from aebench.data.pixels import to_float
from aebench.models.vae import GaussianVAE
from aebench.objectives.base import Objective
from aebench.objectives.bound import Bound
from aebench.objectives.criterion import Criterion

NOISE = 0.3


def check_criterion(section: Objective) -> None:
    """Its `build` gives a Criterion that defines __call__, validate and metrics."""
    criterion = section.build()
    assert isinstance(criterion, Criterion), f"it gives {type(criterion).__name__}"
    names = ("__call__", "validate", "metrics")
    missing = [name for name in names if getattr(type(criterion), name) is getattr(Criterion, name)]
    assert not missing, f"{', '.join(missing)} is missing; see {Criterion.__module__}"


def check_terms(section: Objective) -> None:
    """Its loss and other terms are finite scalars, in training and in validation."""
    criterion, trainable, batch = _with_a_model(section)
    for what, terms in (
        ("in training", criterion(trainable.train(), batch, 0.0)),
        ("in validation", criterion.validate(trainable.eval(), batch)),
    ):
        assert "loss" in terms, f"{what} there is no 'loss' among {', '.join(terms)}"
        for name, value in terms.items():
            common.expect(value, (), f"{name} {what}")


def check_gradients(section: Objective) -> None:
    """Finite gradients reach all trainable parameters."""
    criterion, trainable, batch = _with_a_model(section)
    # Not at the start of a warm-up, when a term may have weight 0.
    loss = criterion(trainable.train(), batch, 1e6)["loss"]
    common.gradients_reach_all(trainable, loss)


def check_seed(section: Objective) -> None:
    """The same seed gives the same loss."""
    criterion, trainable, batch = _with_a_model(section)
    losses = []
    for disturbance in range(2):
        torch.manual_seed(disturbance)
        with seeded("same"):
            losses.append(criterion(trainable.train(), batch, 0.0)["loss"].item())
    assert losses[0] == losses[1], f"{losses[0]} and {losses[1]}"


def check_learning(section: Objective) -> None:
    """Training with it lowers its validation loss."""
    criterion, trainable, batch = _with_a_model(section)
    optimizer = torch.optim.Adam(trainable.parameters(), lr=1e-2)

    def validation() -> float:
        with seeded("validation"), torch.no_grad():
            return criterion.validate(trainable.eval(), batch)["loss"].item()

    before = validation()
    for step in range(150):
        optimizer.zero_grad()
        criterion(trainable.train(), batch, step / 10)["loss"].backward()
        optimizer.step()
    after = validation()
    assert after < before, f"it goes from {before:.4g} to {after:.4g} in 150 updates by Adam"


def check_metrics(section: Objective) -> None:
    """Its metrics of uint8 images are finite numbers by name."""
    prepared = common.prepared()
    criterion, model, _ = _fitting(section)
    values = criterion.metrics(model.eval(), examples(prepared, "test", model))
    assert values, "there are none"
    for name, value in values.items():
        assert isinstance(value, float) and math.isfinite(value), f"{name} is {value!r}"


def check_bound(section: Objective) -> None:
    """As a bound it is below the exact marginal likelihood of a linear-Gaussian model."""
    common.applies_to(isinstance(section.build(), Bound))
    if "binarization" in type(section).model_fields:
        section = section.model_copy(update={"binarization": "none"})
    criterion = section.build()
    model, exact = linear_gaussian()
    images = (255 * exact.sample((2000,)).clamp(0, 1)).byte().reshape(-1, *common.SMALL)
    trainable = criterion.trainable(model)
    batch = to_float(criterion.inputs(model, images))
    truth = exact.log_prob(batch.flatten(1)).mean().item()
    with torch.no_grad():
        bounds = torch.stack([-criterion.validate(trainable, batch)["loss"] for _ in range(20)])
    error = bounds.std().item() / math.sqrt(len(bounds))
    assert bounds.mean().item() <= truth + 4 * error + 1e-3, (
        f"it is {bounds.mean().item():.3f} nats, and log p(x) {truth:.3f}"
    )


class LinearGaussian(GaussianVAE):
    """p(x|z) = N(W z + b, NOISE^2 I); its posterior is narrower than the true one."""

    likelihood = SimpleNamespace(
        maps=1,
        grey=True,
        nll=lambda outputs, images: -torch.distributions.Normal(outputs, NOISE).log_prob(images),
        mean=lambda outputs: outputs,
    )


def linear_gaussian() -> tuple[LinearGaussian, torch.distributions.MultivariateNormal]:
    """The model, and the exact marginal p(x) of flat images."""
    size, latent = math.prod(common.SMALL), 2
    generator = torch.Generator().manual_seed(0)
    matrix = torch.linalg.qr(torch.randn(size, latent, generator=generator)).Q
    matrix = matrix * torch.tensor([0.3, 0.8])
    offset = torch.full((size,), 0.5)
    variance = 1 / (1 + matrix.square().sum(0) / NOISE**2)
    to_mean = variance[:, None] * matrix.T / NOISE**2
    encoder, decoder = nn.Linear(size, 2 * latent), nn.Linear(latent, size)
    with torch.no_grad():
        encoder.weight.copy_(torch.cat([to_mean, torch.zeros(latent, size)]))
        encoder.bias.copy_(torch.cat([-to_mean @ offset, variance.log() - 1]))
        decoder.weight.copy_(matrix)
        decoder.bias.copy_(offset)
    model = LinearGaussian(
        common.SMALL,
        latent,
        nn.Sequential(nn.Flatten(), encoder),
        nn.Sequential(decoder, nn.Unflatten(1, common.SMALL)),
        "bernoulli",
    )
    covariance = matrix @ matrix.T + NOISE**2 * torch.eye(size)
    return model, torch.distributions.MultivariateNormal(offset, covariance)


def _with_a_model(section: Objective) -> tuple[Criterion, nn.Module, Tensor]:
    """The criterion, the trainable part of a model that it takes, and a float batch."""
    criterion, model, images = _fitting(section)
    trainable = criterion.trainable(model)
    return criterion, trainable, to_float(criterion.inputs(model, images[:40]))


def _fitting(section: Objective) -> tuple[Criterion, nn.Module, Tensor]:
    """The criterion, the first model that it takes, and training images, or rows with labels."""
    prepared, criterion, refusals = common.prepared(), section.build(), []
    for candidate in common.models():
        with seeded("initial weights"):
            model = candidate.build(prepared.image_shape)
        try:
            criterion.trainable(model)
        except InputError as error:
            refusals.append(str(error))
            continue
        return criterion, model, examples(prepared, "train", model)
    raise AssertionError(f"it takes none of the models that were tried: {refusals[0]}")
