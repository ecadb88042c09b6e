"""The formulas that a lecture begins with, in plain Python, in numpy and by the nets of aebench.

A neuron:  y = f(sum_i w_i x_i + b)
A layer:   y = f(W x + b), a neuron for each row of W; for images in rows, Y = f(X W^T + b)
A network: y = f_2(W_2 f_1(W_1 x + b_1) + b_2)
Its derivatives, by the chain rule, with z_l = W_l h_(l-1) + b_l and h_l = f_l(z_l):
    output error     d_L = dE/dh_L * f_L'(z_L)
    backpropagation  d_l = W_(l+1)^T d_(l+1) * f_l'(z_l)
    gradients        dE/dW_l = d_l h_(l-1)^T,  dE/db_l = d_l,  dE/dx = W_1^T d_1
"""

import math
from itertools import pairwise

import numpy as np
import pytest
import torch

from aebench.nets.activations import Activation
from aebench.nets.dense import Dense


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


# Each unit with its derivative.
UNITS = {
    "linear": (lambda z: z, np.ones_like),
    "sigmoid": (sigmoid, lambda z: sigmoid(z) * (1 - sigmoid(z))),
    "tanh": (np.tanh, lambda z: 1 - np.tanh(z) ** 2),
    "relu": (lambda z: np.maximum(z, 0), lambda z: (z > 0).astype(float)),
    "silu": (lambda z: z * sigmoid(z), lambda z: sigmoid(z) * (1 + z * (1 - sigmoid(z)))),
}
EACH_UNIT = pytest.mark.parametrize("unit", UNITS)


def dense(matrices: list, biases: list, hidden: Activation, last: Activation) -> Dense:
    """The net with these parameters, in double precision."""
    sizes = [len(matrices[0][0]), *map(len, biases)]
    net = Dense(sizes, hidden, last).double()
    with torch.no_grad():
        for layer, matrix, bias in zip(net.layers, matrices, biases, strict=True):
            layer.weight.copy_(torch.tensor(matrix, dtype=torch.float64))
            layer.bias.copy_(torch.tensor(bias, dtype=torch.float64))
    return net


def random_net(unit: Activation) -> tuple[list, list, Dense, np.ndarray]:
    """Parameters of a net 3-4-3-2 with units of this kind, the net itself, and an input."""
    generator = np.random.default_rng(0)
    matrices = [generator.normal(size=(b, a)) for a, b in pairwise([3, 4, 3, 2])]
    biases = [generator.normal(size=len(matrix)) for matrix in matrices]
    return matrices, biases, dense(matrices, biases, unit, unit), generator.normal(size=3)


@EACH_UNIT
def test_a_neuron_is_a_function_of_the_weighted_sum_of_its_inputs(unit: Activation) -> None:
    w, x, b = [0.5, -1.5, 2.0], [1.0, 0.2, -0.3], 0.1
    total = b
    for weight, value in zip(w, x, strict=True):
        total += weight * value
    f, _ = UNITS[unit]
    assert f(np.dot(w, x) + b) == pytest.approx(f(total))
    net = dense([[w]], [[b]], "linear", last=unit)
    assert net(torch.tensor([x]).double()).item() == pytest.approx(f(total))


@EACH_UNIT
def test_a_layer_is_a_neuron_for_each_row_of_its_matrix(unit: Activation) -> None:
    generator = np.random.default_rng(0)
    W, b = generator.normal(size=(4, 3)), generator.normal(size=4)
    rows, (f, _) = generator.normal(size=(5, 3)), UNITS[unit]
    neurons = [
        [f(sum(W[j, i] * x[i] for i in range(3)) + b[j]) for j in range(4)] for x in rows.tolist()
    ]
    np.testing.assert_allclose(f(rows @ W.T + b), neurons)
    output = dense([W], [b], "linear", last=unit)(torch.from_numpy(rows))
    np.testing.assert_allclose(output.detach(), neurons)


@EACH_UNIT
def test_a_network_is_its_layers_composed(unit: Activation) -> None:
    matrices, biases, net, x = random_net(unit)
    f, _ = UNITS[unit]
    first, second, third = (
        lambda h, W=W, b=b: f(W @ h + b) for W, b in zip(matrices, biases, strict=True)
    )
    np.testing.assert_allclose(net(torch.from_numpy(x)[None]).detach()[0], third(second(first(x))))


# The example: a net 2-2-1 of sigmoid units, every sum of which is 0, so that every unit gives 1/2.
# Its error is E = (y - t)^2 / 2 for the target t = 1. All these numbers are done by hand.
X, T = [1.0, 2.0], 1.0
W1, B1 = [[1.0, -1.0], [0.5, 0.25]], [1.0, -1.0]
W2, B2 = [[2.0, -4.0]], [1.0]
# 1 - 2 + 1 and 0.5 + 0.5 - 1, through the sigmoid; then 2/2 - 4/2 + 1.
HIDDEN, OUTPUT = [0.5, 0.5], 0.5
# (y - t) y (1 - y) = -0.5 * 0.25; then 2 and -4 times that, times h (1 - h) = 0.25.
D2, D1 = -0.125, [-0.0625, 0.125]
DERIVATIVES = {
    "layers.0.weight": [[-0.0625, -0.125], [0.125, 0.25]],
    "layers.0.bias": [-0.0625, 0.125],
    "layers.1.weight": [[-0.0625, -0.0625]],
    "layers.1.bias": [-0.125],
}
DERIVATIVE_FOR_X = [0.0, 0.09375]


@pytest.fixture
def example() -> Dense:
    return dense([W1, W2], [B1, B2], "sigmoid", last="sigmoid")


def error(net: Dense, x: torch.Tensor) -> torch.Tensor:
    return 0.5 * (net(x) - T).square().sum()


def test_output_of_the_example_in_plain_python() -> None:
    def neuron(w: list[float], x: list[float], b: float) -> float:
        return 1 / (1 + math.exp(-sum(wi * xi for wi, xi in zip(w, x, strict=True)) - b))

    hidden = [neuron(w, X, b) for w, b in zip(W1, B1, strict=True)]
    assert hidden == HIDDEN
    assert neuron(W2[0], hidden, B2[0]) == OUTPUT


def test_output_of_the_example_in_matrices() -> None:
    hidden = sigmoid(np.array(W1) @ X + B1)
    np.testing.assert_array_equal(hidden, HIDDEN)
    np.testing.assert_array_equal(sigmoid(np.array(W2) @ hidden + B2), [OUTPUT])


def test_output_of_the_example_as_a_net(example: Dense) -> None:
    assert example(torch.tensor([X]).double()).item() == OUTPUT


def test_the_chain_rule_in_plain_python() -> None:
    """dE/dw is the product of what lies on the path from w to E."""
    d2 = (OUTPUT - T) * OUTPUT * (1 - OUTPUT)
    d1 = [d2 * w * h * (1 - h) for w, h in zip(W2[0], HIDDEN, strict=True)]
    assert (d2, d1) == (D2, D1)
    assert [[d2 * h for h in HIDDEN]] == DERIVATIVES["layers.1.weight"]
    assert [[d * x for x in X] for d in d1] == DERIVATIVES["layers.0.weight"]
    # An input acts through both hidden units: the paths add up.
    assert [sum(d1[j] * W1[j][i] for j in range(2)) for i in range(2)] == DERIVATIVE_FOR_X


def test_the_chain_rule_by_autograd(example: Dense) -> None:
    x = torch.tensor([X]).double().requires_grad_()
    error(example, x).backward()
    assert {name: p.grad.tolist() for name, p in example.named_parameters()} == DERIVATIVES
    assert x.grad.tolist() == [DERIVATIVE_FOR_X]


def test_the_chain_rule_by_finite_differences(example: Dense) -> None:
    x = torch.tensor([X]).double()
    for name, parameter in example.named_parameters():
        found = differences(lambda: error(example, x).item(), parameter.data)
        np.testing.assert_allclose(found, DERIVATIVES[name], atol=1e-9)
    found = differences(lambda: error(example, x).item(), x)
    np.testing.assert_allclose(found, [DERIVATIVE_FOR_X], atol=1e-9)


def differences(function, at: torch.Tensor, step: float = 1e-5) -> np.ndarray:
    """(E(w + step) - E(w - step)) / (2 step) for each number w of `at`, which is changed in place;
    the error is of the order of step^2."""
    flat, found = at.view(-1), []
    for i, value in enumerate(flat.tolist()):
        ends = []
        for moved in (value + step, value - step):
            flat[i] = moved
            ends.append(function())
        flat[i] = value
        found.append((ends[0] - ends[1]) / (2 * step))
    return np.array(found).reshape(at.shape)


@EACH_UNIT
def test_backpropagation_by_hand_autograd_and_finite_differences_agree(unit: Activation) -> None:
    matrices, biases, net, x = random_net(unit)
    target = np.array([0.3, -0.2])
    f, slope = UNITS[unit]
    sums, layers = [], [x]
    for W, b in zip(matrices, biases, strict=True):
        sums.append(W @ layers[-1] + b)
        layers.append(f(sums[-1]))
    errors = [(layers[-1] - target) * slope(sums[-1])]
    for W, z in zip(matrices[:0:-1], sums[-2::-1], strict=True):
        errors.insert(0, W.T @ errors[0] * slope(z))

    inputs = torch.from_numpy(x)[None].requires_grad_()

    def net_error() -> torch.Tensor:
        return 0.5 * (net(inputs) - torch.from_numpy(target)).square().sum()

    net_error().backward()
    by_hand = [np.outer(d, h) for d, h in zip(errors, layers[:-1], strict=True)]
    for layer, gradient, d in zip(net.layers, by_hand, errors, strict=True):
        np.testing.assert_allclose(layer.weight.grad, gradient)
        np.testing.assert_allclose(layer.bias.grad, d)
        for parameter, expected in ((layer.weight, gradient), (layer.bias, d)):
            found = differences(lambda: net_error().item(), parameter.data)
            np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-8)
    np.testing.assert_allclose(inputs.grad[0], matrices[0].T @ errors[0])
