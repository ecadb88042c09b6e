"""Bits back in integers: exact, near the bound, and the same for any order of sums."""

import math
import zlib
from fractions import Fraction

import numpy as np
import pytest
import torch
from scipy import special, stats
from torch import nn

from aebench.compression import bitsback, codec
from aebench.compression.grids import Grid
from aebench.compression.integers import codec as integers
from aebench.compression.integers import grey, steps, tables
from aebench.compression.integers.codec import IntegerCodec
from aebench.compression.integers.distributions import Bernoulli, Gaussian, Table, rates
from aebench.compression.integers.lanes import LaneStack
from aebench.compression.integers.latents import Mixture, Normals, Points, StandardNormal
from aebench.compression.integers.nets import Inexact, IntegerNet
from aebench.core.errors import InputError

UNIT = 2**16
CONV = {"net": "conv", "channels": [4], "unit": "relu"}


@pytest.mark.parametrize("likelihood", ["bernoulli", "beta-binomial", "discretized-logistic"])
@pytest.mark.parametrize("member", ["vae", "two layers, vamp"])
@pytest.mark.parametrize(("count", "lanes"), [(1, 1), (7, 3), (131, 200)])
def test_any_images_come_back(make, draw, monkeypatch, likelihood, member, count, lanes):
    monkeypatch.setattr(integers, "lanes_for", lambda _: lanes)
    monkeypatch.setattr(integers, "PIXELS_A_LANE_AND_BATCH", 1)
    model = make(member, (3, 4, 3), likelihood=likelihood)
    images = draw(count, (3, 4, 3), two_valued=likelihood == "bernoulli")
    coder = IntegerCodec(model)
    back = coder.decode(coder.encode(images), count)
    assert back.dtype == np.uint8 and np.array_equal(back, images)


def test_the_same_bytes_with_any_threads_and_any_number_at_a_time(make_with, draw, monkeypatch):
    monkeypatch.setattr(integers, "lanes_for", lambda _: 60)
    monkeypatch.setattr(integers, "PIXELS_A_LANE_AND_BATCH", 1)
    model = make_with((1, 8, 8), likelihood="beta-binomial")
    images = draw(50, (1, 8, 8))
    data = IntegerCodec(model).encode(images)
    before = torch.get_num_threads()
    try:
        for threads, pixels, unfolded in ((1, 64, 1), (2, 7 * 64, 10_000), (2, 2**20, 2**30)):
            torch.set_num_threads(threads)
            monkeypatch.setattr("aebench.compression.integers.nets.PIXELS", pixels)
            monkeypatch.setattr(steps, "UNFOLDED", unfolded)
            coder = IntegerCodec(model)
            assert coder.encode(images) == data
            assert np.array_equal(coder.decode(data, len(images)), images)
    finally:
        torch.set_num_threads(before)


@pytest.mark.parametrize("likelihood", ["bernoulli", "beta-binomial", "discretized-logistic"])
@pytest.mark.parametrize("member", ["vae", "two layers, vamp"])
def test_integers_cost_less_than_a_percent(make, prepared, monkeypatch, likelihood, member):
    """More than floating point, over so many images that samples of latents hardly matter."""
    monkeypatch.setattr(integers, "lanes_for", lambda _: 20)
    images = prepared.images
    if likelihood == "bernoulli":
        images = np.concatenate(20 * [255 * (images // 128)])
    model = make(member, (1, 6, 6), likelihood=likelihood)
    bits = len(IntegerCodec(model).encode(images))
    assert bits == pytest.approx(len(bitsback.encode(model, images)), rel=0.01)


def test_a_net_in_integers_computes_what_it_did(make_with):
    model = make_with((2, 5, 7)).double()
    images = torch.rand(9, 2, 5, 7, dtype=torch.float64)
    inputs = np.rint(images.numpy() * 4096).astype(np.int64)
    for part, given, values in (
        (model.encoder, images, inputs),
        (model.decoder, torch.ones(9, 3).double(), np.full((9, 3), 4096)),
    ):
        outputs = IntegerNet(part)(values) / UNIT
        assert np.abs(outputs - part(given).numpy()).max() < 0.01


def test_sums_stay_below_what_float64_holds():
    """The largest inputs there are, with signs that add up, and weights that leave few bits."""
    generator = np.random.default_rng(0)
    for size, bits in ((1e-3, 16), (10.0, 16), (2e3, 10)):
        weight = size * generator.normal(size=(5, 300))
        layer = steps.Linear(weight, 100 * size * generator.normal(size=5), last=False)
        weights, biases = layer.numbers
        assert layer.shift == bits
        largest = np.sign(weights[0]).astype(np.int64) * (2048 << 12)
        exact = [
            sum(int(w) * int(x) for w, x in zip(row, largest, strict=True)) + int(bias)
            for row, bias in zip(weights, biases, strict=True)
        ]
        assert max(map(abs, exact)) < 2**52
        limit = 2048 << 12
        rounded = [math.floor(Fraction(e, 2**bits) + Fraction(1, 2)) for e in exact]
        outputs = layer(torch.from_numpy(largest[None]).double())[0]
        assert outputs.tolist() == [min(max(r, -limit), limit) for r in rounded]


def test_halves_go_up():
    layer = steps.Linear(np.array([[0.5]]), np.zeros(1), last=False)
    inputs = torch.arange(-3.0, 4.0, dtype=torch.float64)[:, None]
    assert layer(inputs)[:, 0].tolist() == [-1, -1, 0, 0, 1, 1, 2]


def test_what_has_no_form_in_integers_is_said(make, draw, capsys):
    images = draw(3, (1, 4, 4), two_valued=True)
    model = make("conv", (1, 4, 4), encoder=CONV | {"downsample": "stochastic"})
    file = codec.compress(model, images)
    assert file.codec == "lossless" and np.array_equal(codec.decompress(model, file, "x"), images)
    assert "StochasticPool has no form in integers" in capsys.readouterr().out

    class Tripled(nn.Linear):
        def forward(self, x):
            return 3 * super().forward(x)

    model = make("vae", (1, 4, 4))
    for layer, says in [
        (Tripled(3, 8), "Tripled"),
        (nn.Linear(3, 8), "weights as large as 1e"),
    ]:
        nn.init.constant_(layer.weight, 1e12)
        model.decoder.layers[0] = layer
        with pytest.raises(Inexact, match=says):
            IntegerCodec(model)


def test_a_damaged_payload_is_refused(make, draw):
    coder = IntegerCodec(make("vae", (1, 4, 4)))
    images = draw(40, (1, 4, 4), two_valued=True)
    data = coder.encode(images)
    side = zlib.compress(bytes([200] * 3 + [9] * 3))
    size = int.from_bytes(data[6:8], "little")
    for altered, says in [
        (data[:-4], "bits are missing|another checksum"),
        (bytes(4) + data[4:], "another checksum"),
        (data[:6] + len(side).to_bytes(2, "little") + bytes(2) + side, "a grid of latents"),
        (data[: 10 + size] + bytes(len(data) - 10 - size), "bits are missing|another checksum"),
    ]:
        with pytest.raises(InputError, match=says):
            coder.decode(altered, len(images))


@pytest.mark.parametrize(
    ("table", "function"),
    [
        (tables.exponential_table, lambda x: np.exp(-x)),
        (tables.logistic_table, special.expit),
        (tables.tanh_table, np.tanh),
        (tables.silu_table, lambda x: x * special.expit(-x)),
        (tables.gelu_table, lambda x: x * special.ndtr(-x)),
    ],
)
def test_tables_are_the_nearest_integers(table, function):
    values = table(10, 16 << 10, 30) - 2.0**30 * function(np.arange((16 << 10) + 1) / 1024)
    assert np.abs(values).max() < 0.5 + 1e-5


def test_the_normal_distributions_table_is_the_nearest_integers():
    x = np.arange(8 * 256 + 1) / 256
    assert np.abs(tables.normal_table(8, 30) - 2.0**30 * special.ndtr(x)).max() < 0.5 + 1e-5


def integer_outputs(*values: np.ndarray) -> list[np.ndarray]:
    return [np.rint(value * UNIT).astype(np.int64) for value in values]


def kl_bits(distributions, probabilities: np.ndarray) -> np.ndarray:
    """Bits that coding by these costs more than by the probabilities, N x symbols."""
    symbols = np.arange(probabilities.shape[1])
    spans = [distributions.span(np.full(len(probabilities), symbol)) for symbol in symbols]
    starts, ends = (np.stack(part, axis=1) for part in zip(*spans, strict=True))
    assert (starts[:, 0] == 0).all() and (ends[:, -1] == 2**24).all()
    assert (starts[:, 1:] == ends[:, :-1]).all() and (starts < ends).all()
    return stats.entropy(probabilities, (ends - starts) / 2**24, base=2, axis=1)


def test_distributions_are_those_of_the_model():
    generator = np.random.default_rng(0)
    logits = np.linspace(-30, 30, 999)
    ones = special.expit(logits)
    assert kl_bits(Bernoulli(*integer_outputs(logits)), np.stack([1 - ones, ones], 1)).max() < 1e-4
    means, log_vars = generator.normal(size=99), generator.uniform(-6, 1, 99)
    bounds = (np.arange(-512, 512) + 0.5)[:, None] / 32
    below = stats.norm.cdf(bounds, means, np.exp(log_vars / 2)).T
    masses = np.diff(below, prepend=0, append=1)
    normals = Normals.of(np.stack(integer_outputs(means, log_vars), axis=1))
    gaussian = Gaussian(normals.means[:, 0], normals.levels[:, 0], np.full(99, 5), np.full(99, 512))
    assert kl_bits(gaussian, masses).max() < 1e-3
    for name, coder in (
        ("beta-binomial", grey.BetaBinomial),
        ("discretized-logistic", grey.DiscretizedLogistic),
    ):
        outputs = generator.normal(size=(99, 2, 1, 1)) * [[[2]], [[2]]]
        table = codec.bitsback.pixels.GREY[name](torch.from_numpy(outputs)).reshape(99, 256)
        cost = kl_bits(coder(*integer_outputs(*outputs[:, :, 0, 0].T)), table.numpy())
        assert cost.max() < 2e-3 and cost.mean() < 3e-4


def stack_of(lanes: int) -> LaneStack:
    generator = np.random.default_rng(1)
    states = generator.integers(2**62, 2**63 - 1, lanes)
    return LaneStack(states, generator.integers(2**32, size=2000, dtype=np.uint32))


@pytest.mark.parametrize("lanes", [1, 7, 500])
def test_a_stack_takes_as_many_bits_as_the_symbols_have(lanes):
    generator = np.random.default_rng(0)
    table = Table(generator.integers(1, 1000, (5000, 9)))
    stack = stack_of(lanes)
    before = stack.states.copy(), len(stack.touched_words())
    symbols = generator.integers(9, size=5000)
    starts, ends = table.span(symbols)
    stack.push(symbols, table)
    words = len(stack.touched_words()) - before[1]
    bits = 32 * words + np.log2(stack.states).sum() - np.log2(before[0]).sum()
    assert bits == pytest.approx(-np.log2((ends - starts) / 2**24).sum(), rel=1e-4)
    assert np.array_equal(stack.pop(5000, table), symbols)
    assert np.array_equal(stack.states, before[0])


def test_what_was_pushed_does_not_choose_what_is_popped():
    halves = Bernoulli(np.zeros(500, dtype=np.int64))
    stack = stack_of(500)
    stack.push(np.zeros(500, dtype=np.int64), halves)
    before = stack.states.copy()
    stack.scramble()
    scrambled = stack.states.copy()
    assert 200 < stack.pop(500, halves).sum() < 300
    stack.states = scrambled
    stack.scramble()
    assert np.array_equal(stack.states, before)


@pytest.mark.parametrize("name", ["normal", "mixture"])
def test_a_point_costs_minus_its_log_density(name):
    """Two components that overlap, and one apart: bits back take nothing from a mixture."""
    means = np.array([[0.0, 0.0], [0.5, 0.3], [3.0, -2.0]])
    log_vars = 2 * np.log([[1.0, 0.5], [0.6, 0.8], [0.3, 0.2]])
    if name == "normal":
        means, log_vars = np.zeros((1, 2)), np.zeros((1, 2))
    generator, count = np.random.default_rng(0), 3000
    chosen = generator.integers(len(means), size=count)
    z = means[chosen] + np.exp(log_vars / 2)[chosen] * generator.normal(size=(count, 2))
    points = Points(Grid(np.array([5, 6], np.uint8), np.array([9, 9], np.uint8)))
    symbols = np.rint(z * [32, 64]).astype(int)
    components = Normals.of(np.concatenate(integer_outputs(means, log_vars), axis=1))
    prior = Mixture(points, components) if name == "mixture" else StandardNormal(points)
    stack = stack_of(100)
    bits = np.log2(stack.states).sum() + 32 * 2000
    before = stack.states.copy()
    prior.push(stack, symbols)
    bits = np.log2(stack.states).sum() + 32 * stack._top - bits
    density = stats.norm.pdf(symbols[:, None] / [32, 64], means, np.exp(log_vars / 2)).prod(2)
    assert bits == pytest.approx(-np.log2(density.mean(1) / 2**11).sum(), rel=2e-3)
    assert np.array_equal(prior.pop(stack, count), symbols)
    assert np.array_equal(stack.states, before)


def test_rates_are_those_of_log_variances():
    levels = np.arange(24 * 64 + 1)
    assert np.allclose(rates() / UNIT, np.exp(-(levels / 64 - 16) / 2), rtol=1e-3)
