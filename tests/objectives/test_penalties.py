import math

import pytest
import torch
from torch import nn

from aebench.core.errors import InputError
from aebench.core.schema import parse
from aebench.models.autoencoder import Autoencoder
from aebench.models.stacked import StackedAutoencoder
from aebench.models.vae import VAE
from aebench.objectives.base import Objective, penalized
from aebench.objectives.penalties.mmd import SCALES, discrepancy
from aebench.objectives.penalties.weights import L2
from aebench.objectives.sections.elbo import Elbo

SHAPE = [1, 3, 2]
HIDDEN = {"widths": [4], "unit": "tanh"}
PENALTIES = {
    "l2": {"name": "l2", "weight": 0.3},
    "l1": {"name": "l1", "weight": 0.3},
    "activity_l1": {"name": "activity-l1", "weight": 0.3},
    "sparse_kl": {"name": "sparse-kl", "weight": 0.3, "rate": 0.1},
    "contractive": {"name": "contractive", "weight": 0.3},
    "mmd": {"name": "mmd", "weight": 0.3},
    "code_l2": {"name": "code-l2", "weight": 0.3},
    "decoder_l2": {"name": "decoder-l2", "weight": 0.3},
}
EACH = pytest.mark.parametrize("term", PENALTIES)
KINDS = pytest.mark.parametrize("name", ["reconstruction", "layer"])


def net(tied: bool = False) -> StackedAutoencoder:
    torch.manual_seed(0)
    return StackedAutoencoder(SHAPE, [4, 3], "tanh", code="sigmoid", tied=tied).double()


def objective(*terms: str, name: str = "reconstruction", **hyperparameters):
    chosen = {"name": name, "penalties": [PENALTIES[term] for term in terms], **hyperparameters}
    return parse(Objective, {"loss": "sse"} | chosen, "objective").build()


@pytest.fixture
def batch(monkeypatch: pytest.MonkeyPatch) -> torch.Tensor:
    # Terms are computed in float32 on purpose; here that would drown what is compared.
    monkeypatch.setattr(torch.Tensor, "float", torch.Tensor.double)
    return torch.rand(5, *SHAPE, generator=torch.Generator().manual_seed(0)).double()


def test_weights_are_penalized_and_biases_are_not(batch: torch.Tensor) -> None:
    model = net()
    terms = objective("l2", "l1")(model, batch, 0.0)
    layers = [*model.encoder.layers, *model.decoder.layers]
    entries = [w for layer in layers for row in layer.weight.tolist() for w in row]
    assert terms["l2"].item() == pytest.approx(math.fsum(w * w for w in entries))
    assert terms["l1"].item() == pytest.approx(math.fsum(map(abs, entries)))


def test_codes_that_depend_on_other_images_cannot_be_contracted() -> None:
    normed = StackedAutoencoder(SHAPE, [4, 3], "tanh", batch_norm=True)
    with pytest.raises(InputError, match="allowed: a model without"):
        objective("contractive").trainable(normed)
    assert objective("contractive").trainable(net())


def test_a_tied_matrix_is_penalized_once(batch: torch.Tensor) -> None:
    model = net(tied=True)
    squares = sum(layer.weight.square().sum() for layer in model.encoder.layers)
    torch.testing.assert_close(objective("l2")(model, batch, 0.0)["l2"], squares)


def test_a_penalty_on_squared_weights_is_weight_decay_for_plain_descent() -> None:
    """w - lr (g + 2 weight w) = (1 - lr 2 weight) w - lr g."""
    module = nn.Linear(3, 2, bias=False).double()
    before, lr = module.weight.detach().clone(), 0.1
    penalties = objective("l2").config.penalties
    loss = penalized(module(torch.ones(1, 3).double()).sum(), penalties, module)["loss"]
    (gradient,) = torch.autograd.grad(loss, module.weight)
    decayed = (1 - lr * 2 * penalties[0].weight) * before - lr * torch.ones(2, 3)
    torch.testing.assert_close(before - lr * gradient, decayed)


def test_sparse_codes_are_summed_over_the_code_and_averaged_over_images(
    batch: torch.Tensor,
) -> None:
    model = net()
    codes = model.encode(batch).tolist()
    terms = objective("activity_l1", "sparse_kl")(model, batch, 0.0)
    assert terms["activity_l1"].item() == pytest.approx(sum(map(sum, codes)) / 5)
    rate, divergence = 0.1, 0.0
    for unit in zip(*codes, strict=True):
        mean = sum(unit) / 5
        divergence += rate * math.log(rate / mean)
        divergence += (1 - rate) * math.log((1 - rate) / (1 - mean))
    assert terms["sparse_kl"].item() == pytest.approx(divergence)


def test_the_divergence_is_zero_at_the_target_rate_and_finite_at_the_ends() -> None:
    penalty = objective("sparse_kl").config.penalties[0]

    def divergence(*activations: float) -> float:
        return penalty.value(None, None, torch.tensor(activations).unsqueeze(1)).item()

    assert divergence(0.0, 0.0, 0.3) == pytest.approx(0, abs=1e-6)
    # A rate of 0.1 is nearer to never than to always.
    assert 0 < divergence(0.0, 0.0) < divergence(1.0, 1.0) < math.inf


def test_the_discrepancy_is_that_of_all_pairs_but_a_point_with_itself() -> None:
    torch.manual_seed(0)
    x, y = torch.randn(4, 3).double(), torch.randn(4, 3).double() + 1

    def kernel(a: torch.Tensor, b: torch.Tensor) -> float:
        squared = (a - b).square().sum().item()
        return sum(6 * scale / (6 * scale + squared) for scale in SCALES)

    others = [(i, j) for i in range(4) for j in range(4) if i != j]
    within = sum(kernel(x[i], x[j]) + kernel(y[i], y[j]) for i, j in others) / 12
    between = sum(kernel(a, b) for a in x for b in y) / 16
    assert discrepancy(x, y).item() == pytest.approx(within - 2 * between)


def test_codes_from_the_prior_have_no_discrepancy_in_the_mean_and_others_have() -> None:
    penalty = objective("mmd").config.penalties[0]
    torch.manual_seed(0)
    draws = torch.stack([penalty.value(None, None, torch.randn(20, 3)) for _ in range(500)])
    assert abs(draws.mean()) < 4 * draws.std() / 500**0.5
    for codes in (torch.randn(200, 3) + 1, 2 * torch.randn(200, 3), torch.zeros(200, 3)):
        assert penalty.value(None, None, codes) > 10 * draws.std() * 20 / 200


def test_the_terms_of_rae_are_of_the_code_and_of_the_decoder(batch: torch.Tensor) -> None:
    """Ghosh et al. 2020: squared error + beta |z|^2 / 2 + lambda |decoder|^2."""
    model = net()
    terms = objective("code_l2", "decoder_l2")(model, batch, 0.0)
    lengths = model.encode(batch).square().sum(1)
    torch.testing.assert_close(terms["code_l2"], 0.5 * lengths.mean())
    squares = sum(layer.weight.square().sum() for layer in model.decoder.layers)
    torch.testing.assert_close(terms["decoder_l2"], squares)


@pytest.mark.parametrize("layers", ["one", "two"])
def test_the_contractive_estimate_is_unbiased(layers: str, batch: torch.Tensor) -> None:
    model = net()
    trainable = model if layers == "two" else model.innermost()
    inputs = batch if layers == "two" else model.outer_codes(batch)
    jacobians = torch.stack(
        [torch.func.jacrev(lambda x: trainable.encode(x[None])[0])(x) for x in inputs.detach()]
    )
    exact = jacobians.square().sum() / 5
    if layers == "one":
        # Rifai et al. (2011), for a sigmoid layer: sum_j (h_j (1 - h_j))^2 sum_i W_ji^2.
        h = trainable.encode(inputs.detach())
        closed = ((h * (1 - h)).square() @ trainable.encoder.weight.square().sum(1)).mean()
        torch.testing.assert_close(exact, closed)
    learner = objective("contractive", name="reconstruction" if layers == "two" else "layer")
    draws = []
    torch.manual_seed(0)
    for _ in range(400):
        draws.append(learner(trainable, inputs.detach(), 0.0)["contractive"].item())
    draws = torch.tensor(draws)
    standard_error = draws.std().item() / math.sqrt(len(draws))
    assert 0 < standard_error < 0.05 * exact.item()
    assert draws.mean().item() == pytest.approx(exact.item(), abs=4 * standard_error)


@KINDS
@EACH
def test_gradients_are_those_of_finite_differences(
    name: str, term: str, batch: torch.Tensor
) -> None:
    learner, model = objective(term, name=name, corruption=0.3), net()
    trainable = learner.trainable(model)
    batch = model.outer_codes(batch).detach() if name == "layer" else batch
    names = [key for key, _ in trainable.named_parameters()]

    class Penalty(nn.Module):
        def __init__(self):
            super().__init__()
            self.trainable = trainable

        def forward(self) -> torch.Tensor:
            torch.manual_seed(1)
            return learner(self.trainable, batch, 0.0)["loss"]

    def value(*parameters: torch.Tensor) -> torch.Tensor:
        named = {f"trainable.{key}": p for key, p in zip(names, parameters, strict=True)}
        return torch.func.functional_call(Penalty(), named, ())

    assert torch.autograd.gradcheck(value, tuple(trainable.parameters()))


def test_the_loss_is_the_error_and_the_weighted_penalties(batch: torch.Tensor) -> None:
    model = net()
    torch.manual_seed(0)
    terms = objective(*PENALTIES)(model, batch, 0.0)
    plain = objective()(model, batch, 0.0)
    assert set(terms) == {"loss", "reconstruction", *PENALTIES}
    assert set(plain) == {"loss"}
    torch.testing.assert_close(terms["reconstruction"], plain["loss"])
    weighted = sum(PENALTIES[term]["weight"] * terms[term] for term in PENALTIES)
    torch.testing.assert_close(terms["loss"], terms["reconstruction"] + weighted)


@KINDS
def test_validation_is_the_same_with_and_without_penalties(name: str, batch: torch.Tensor) -> None:
    model = net()
    learner, plain = objective(*PENALTIES, name=name, corruption=0.3), objective(name=name)
    trainable = learner.trainable(model)
    batch = model.outer_codes(batch).detach() if name == "layer" else batch
    with torch.no_grad():
        assert learner.validate(trainable, batch) == plain.validate(trainable, batch)


def test_the_images_stay_without_a_gradient(batch: torch.Tensor) -> None:
    objective("contractive")(net(), batch, 0.0)["loss"].backward()
    assert not batch.requires_grad
    assert batch.grad is None


@EACH
def test_terms_in_mixed_precision_are_those_in_single(term: str) -> None:
    learner, model = objective(term), net().float()
    batch = torch.rand(50, *SHAPE)
    torch.manual_seed(0)
    single = learner(model, batch, 0.0)[term]
    torch.manual_seed(0)
    with torch.autocast("cpu", torch.bfloat16):
        mixed = learner(model, batch, 0.0)
    assert mixed[term].dtype == torch.float32
    torch.testing.assert_close(mixed[term], single, rtol=0.03, atol=0)
    mixed["loss"].backward()
    assert all(p.grad is None or p.grad.isfinite().all() for p in model.parameters())


@KINDS
def test_sparse_activations_ask_for_units_that_give_probabilities(name: str) -> None:
    model = StackedAutoencoder(SHAPE, [4, 3], "tanh")
    with pytest.raises(InputError, match=r"sparse-kl.*Identity.*sigmoid"):
        objective("sparse_kl", name=name).trainable(model)
    objective("activity_l1", name=name).trainable(model)


def test_a_code_of_convolutions_has_no_unit_that_gives_probabilities() -> None:
    conv = {"net": "conv", "channels": [2], "unit": "sigmoid"}
    with pytest.raises(InputError, match=r"sparse-kl.*Identity.*sigmoid"):
        objective("sparse_kl").trainable(Autoencoder(SHAPE, 3, conv, conv))


def test_a_tied_decoder_has_no_weights_to_penalize() -> None:
    with pytest.raises(InputError, match=r"decoder-l2.*tied: false"):
        objective("decoder_l2").trainable(StackedAutoencoder(SHAPE, [4, 3], "tanh", tied=True))


def test_the_weights_of_a_vae_may_be_penalized() -> None:
    torch.manual_seed(0)
    model, batch = VAE(SHAPE, 2, HIDDEN, HIDDEN), torch.rand(5, *SHAPE)
    learner = Elbo(binarization="none", beta=2.0, penalties=[L2(name="l2", weight=0.3)]).build()
    terms = learner(model, batch, 0.0)
    squares = sum(p.square().sum() for name, p in model.named_parameters() if "weight" in name)
    torch.testing.assert_close(terms["l2"], squares)
    expected = terms["reconstruction"] + 2 * terms["kl"] + 0.3 * squares
    torch.testing.assert_close(terms["loss"], expected)
    validation = learner.validate(model, batch)
    torch.testing.assert_close(validation["loss"], validation["reconstruction"] + validation["kl"])


@pytest.mark.parametrize(
    ("penalties", "said"),
    [
        ([{"name": "l2"}], r"penalties\.0\.weight: missing"),
        ([{"name": "l3", "weight": 1.0}], "'l3'; allowed: activity-l1, code-l2, contractive, dec"),
        ([PENALTIES["l1"]] * 2, "penalties: 'l1' is there 2 times; allowed: each penalty once"),
        ([PENALTIES["sparse_kl"] | {"rate": 1.0}], r"penalties\.0\.rate: 1\.0.*less than 1"),
    ],
)
def test_a_mistake_is_named_in_one_line(penalties: list, said: str) -> None:
    section = {"name": "reconstruction", "loss": "sse", "penalties": penalties}
    with pytest.raises(InputError, match=said):
        parse(Objective, section, "objective")
