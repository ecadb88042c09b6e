"""Steps of a net on integers, held exactly by tensors of float64.

Values are multiples of 2^-12 between -2048 and 2048; a net's last layer has 16 fraction bits. All
sums are of integers below 2^52, which are exact in float64 in any order: no library, number of
threads or batch size can change them. Convolutions are products of matrices, since other
algorithms (Winograd, FFT) round. Each step has a `text` that says what it is, and `numbers`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from aebench.compression.integers import tables

FRACTION, LAST_FRACTION = 12, 16
LIMIT = 2048
LARGEST_SUM = 2**52
# Fraction bits of weights; fewer where a layer's sums would become too large.
WEIGHT_BITS = range(16, 4, -1)
# Steps of 1/1024 up to 16, at which activations are looked up.
STEP_BITS, STEPS = 10, 16 << 10
# Elements of a convolution's unfolded images at a time.
UNFOLDED = 2**22


class Step:
    """Integers in, integers out: N x ... , float64."""

    text: str
    numbers: Sequence[np.ndarray] = ()

    def __call__(self, x: Tensor) -> Tensor:
        raise NotImplementedError


@dataclass
class Shape(Step):
    """Anything that only moves, repeats or chooses numbers."""

    text: str
    move: Callable[[Tensor], Tensor]

    def __call__(self, x: Tensor) -> Tensor:
        return self.move(x)


@dataclass
class Average(Step):
    """The mean of 2 x 2 windows, or of what there is of them at the border; halves go up."""

    text: str
    pool: Callable[[Tensor], Tensor]

    def __call__(self, x: Tensor) -> Tensor:
        # A sum of one, two or four integers, divided by their number: exact.
        return self.pool(x).add_(0.5).floor_()


class Activation(Step):
    """A table's value at |x|, rounded to multiples of 1/1024 and 16 at most."""

    def __init__(self, name: str):
        self.text = name

    def __call__(self, x: Tensor) -> Tensor:
        if self.text == "relu":
            return x.clamp(min=0)
        table = _activation_table(self.text)
        half = 2.0 ** (FRACTION - STEP_BITS - 1)
        place = x.abs().add_(half).mul_(0.5 / half).floor_().clamp_(max=STEPS)
        value = table[place.to(torch.int64)]
        if self.text == "tanh":
            return torch.where(x < 0, -value, value)
        if self.text == "sigmoid":
            return torch.where(x < 0, 2**FRACTION - value, value)
        return x.clamp(min=0) - value


@cache
def _activation_table(name: str) -> Tensor:
    make = {
        "sigmoid": tables.logistic_table,
        "tanh": tables.tanh_table,
        "silu": tables.silu_table,
        "gelu": tables.gelu_table,
    }[name]
    return torch.from_numpy(make(STEP_BITS, STEPS, FRACTION)).double()


@dataclass
class Sum(Step):
    """x + f(x), of a residual block."""

    steps: list[Step]
    text: str = field(init=False)
    numbers: Sequence[np.ndarray] = field(init=False)

    def __post_init__(self) -> None:
        self.text, self.numbers = f"add({text(self.steps)})", numbers(self.steps)

    def __call__(self, x: Tensor) -> Tensor:
        return (run(self.steps, x) + x).clamp_(-LIMIT << FRACTION, LIMIT << FRACTION)


@dataclass
class Branches(Step):
    """Several nets' maps side by side."""

    branches: list[list[Step]]
    text: str = field(init=False)
    numbers: Sequence[np.ndarray] = field(init=False)

    def __post_init__(self) -> None:
        self.text = f"concatenate({' | '.join(map(text, self.branches))})"
        self.numbers = [array for steps in self.branches for array in numbers(steps)]

    def __call__(self, x: Tensor) -> Tensor:
        return torch.cat([run(steps, x) for steps in self.branches], dim=1)


class Affine(Step):
    """Weights and biases in integers, and a shift of their sums back to the outputs' bits."""

    kind: str

    def __init__(self, weight: np.ndarray, bias: np.ndarray, last: bool, words: str = ""):
        """`weight` is outputs x inputs, float64. Raises ValueError for too large sums."""
        for bits in WEIGHT_BITS:
            weights, biases = np.rint(weight * 2.0**bits), np.rint(bias * 2.0 ** (bits + FRACTION))
            largest = np.abs(weights).sum(1) * (LIMIT << FRACTION) + np.abs(biases)
            if largest.max() < LARGEST_SUM:
                break
        else:
            raise ValueError(f"weights as large as {np.abs(weight).max():.3g}")
        self.fraction = LAST_FRACTION if last else FRACTION
        self.shift = FRACTION + bits - self.fraction
        self.text = f"{self.kind}{words} {weight.shape[0]} x {weight.shape[1]} >> {self.shift}"
        self.numbers = (weights.astype(np.int64), biases.astype(np.int64))
        self.weights, self.biases = torch.from_numpy(weights), torch.from_numpy(biases)

    def settled(self, sums: Tensor) -> Tensor:
        """Sums rounded to the outputs' bits, halves up, within the limit."""
        limit = LIMIT << self.fraction
        return sums.mul_(2.0**-self.shift).add_(0.5).floor_().clamp_(-limit, limit)


class Linear(Affine):
    kind = "linear"

    def __call__(self, x: Tensor) -> Tensor:
        return self.settled(x @ self.weights.T + self.biases)


class Scale(Affine):
    """A factor and a bias for each channel."""

    kind = "scale"

    def __call__(self, x: Tensor) -> Tensor:
        shape = (-1, *[1] * (x.dim() - 2))
        return self.settled(x * self.weights.reshape(shape) + self.biases.reshape(shape))


class Convolution(Affine):
    """`weight` is outputs x (inputs height width)."""

    kind = "convolution"

    def __init__(
        self,
        weight: np.ndarray,
        bias: np.ndarray,
        last: bool,
        kernel: tuple[int, int],
        stride: tuple[int, int],
        padding: tuple[int, int],
    ):
        super().__init__(weight, bias, last, f" {kernel} {stride} {padding}")
        self.kernel, self.stride, self.padding = kernel, stride, padding

    def __call__(self, x: Tensor) -> Tensor:
        height, width = (
            (size + 2 * p - k) // s + 1
            for size, p, k, s in zip(
                x.shape[2:], self.padding, self.kernel, self.stride, strict=True
            )
        )
        few = max(1, UNFOLDED // (self.weights.shape[1] * height * width))
        parts = [self._product(part) for part in x.split(few)]
        return torch.cat(parts).unflatten(-1, (height, width))

    def _product(self, x: Tensor) -> Tensor:
        columns = F.unfold(x, self.kernel, padding=self.padding, stride=self.stride)
        return self.settled(self.weights @ columns + self.biases[:, None])


class TransposedConvolution(Affine):
    """`weight` is (outputs height width) x inputs; overlapping products are added.

    The bias is one for each output channel.
    """

    kind = "transposed convolution"

    def __init__(
        self,
        weight: np.ndarray,
        bias: np.ndarray,
        last: bool,
        kernel: tuple[int, int],
        stride: tuple[int, int],
        padding: tuple[int, int],
        extra: tuple[int, int],
    ):
        # What is added to one pixel is less than all products of a channel.
        whole = weight.reshape(len(bias), -1)
        super().__init__(whole, bias, last, f" {kernel} {stride} {padding} {extra}")
        self.weights = self.weights.reshape(weight.shape)
        self.kernel, self.stride, self.padding, self.extra = kernel, stride, padding, extra

    def __call__(self, x: Tensor) -> Tensor:
        height, width = (
            (size - 1) * s - 2 * p + k + e
            for size, s, p, k, e in zip(
                x.shape[2:], self.stride, self.padding, self.kernel, self.extra, strict=True
            )
        )
        few = max(1, UNFOLDED // (len(self.weights) * x.shape[2] * x.shape[3]))
        return torch.cat([self._product(part, (height, width)) for part in x.split(few)])

    def _product(self, x: Tensor, size: tuple[int, int]) -> Tensor:
        products = self.weights @ x.flatten(2)
        sums = F.fold(products, size, self.kernel, padding=self.padding, stride=self.stride)
        return self.settled(sums + self.biases[:, None, None])


def run(steps: Sequence[Step], x: Tensor) -> Tensor:
    for step in steps:
        x = step(x)
    return x


def text(steps: Sequence[Step]) -> str:
    return ", ".join(step.text for step in steps)


def numbers(steps: Sequence[Step]) -> list[np.ndarray]:
    return [array for step in steps for array in step.numbers]
