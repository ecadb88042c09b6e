"""Entropy coding of pixels by the likelihoods of `models/likelihoods`.

`outputs` are those of a decoder, float64, N x (maps C) x H x W.
"""

import constriction
import numpy as np
import torch
from torch import Tensor

from aebench.compression.stack import Stack
from aebench.core.errors import InputError
from aebench.models.likelihoods import beta_binomial, discretized_logistic

# Images at a time; each pixel takes 256 probabilities.
BATCH_SIZE = 8

BERNOULLI = constriction.stream.model.Bernoulli(perfect=False)
# It must get doubles: sums of 256 single-precision ones may make the last probability negative.
CATEGORICAL = constriction.stream.model.Categorical(perfect=False)


def beta_binomial_probabilities(outputs: Tensor) -> Tensor:
    """Probabilities of 0 ... 255, N x C x H x W x 256, up to a factor.

    Each follows from the previous one by p(k + 1) / p(k) = (n - k) (k + a) / ((k + 1)
    (n - k - 1 + b)): one logarithm instead of the six gamma functions of the density.
    """
    a, b = (value.unsqueeze(-1) for value in beta_binomial.parameters(outputs))
    coins = beta_binomial.COINS
    k = torch.arange(coins, dtype=outputs.dtype)
    ratios = (((coins - k) / (k + 1)) * (k + a) / (coins - 1 - k + b)).log_()
    log_p = torch.nn.functional.pad(ratios.cumsum(-1), (1, 0))
    return (log_p - log_p.amax(-1, keepdim=True)).exp_()


def discretized_logistic_probabilities(outputs: Tensor) -> Tensor:
    """Probabilities of 0 ... 255, N x C x H x W x 256: differences of the distribution function."""
    location, log_scale = discretized_logistic.parameters(outputs)
    midpoints = (torch.arange(255, dtype=outputs.dtype) + 0.5) / 255
    rate = (-log_scale).exp().unsqueeze(-1)
    below = ((midpoints - location.unsqueeze(-1)) * rate).sigmoid_()
    return torch.nn.functional.pad(below, (1, 0)).diff(
        dim=-1, append=below.new_ones(below[..., :1].shape)
    )


GREY = {
    "beta-binomial": beta_binomial_probabilities,
    "discretized-logistic": discretized_logistic_probabilities,
}

# Those that only `integers` codes.
INTEGERS = ("colour-logistic",)


def check(name: str, images: np.ndarray) -> None:
    """Raise InputError where these images have no probability under the likelihood `name`."""
    if name == "bernoulli":
        if not np.isin(images, (0, 255)).all():
            raise InputError(
                "the images have grey values, which have no probability under the model's "
                "likelihood bernoulli; allowed: pixels that are 0 or 255"
            )
    elif name not in GREY:
        reason = "is coded in integers only" if name in INTEGERS else "is a density: it has no code"
        raise InputError(
            f"the model's likelihood {name} {reason}; allowed: bernoulli, {', '.join(GREY)}"
        )


def push(stack: Stack, name: str, images: np.ndarray, outputs: np.ndarray) -> None:
    """Push uint8 images, N x C x H x W."""
    if name == "bernoulli":
        stack.push(_symbols(images // 255), BERNOULLI, _bernoulli(outputs))
        return
    # The last chunk first: the stack returns them in reverse.
    for start in reversed(range(0, len(images), BATCH_SIZE)):
        chunk = slice(start, start + BATCH_SIZE)
        stack.push(_symbols(images[chunk]), CATEGORICAL, _table(name, outputs[chunk]))


def pop(stack: Stack, name: str, outputs: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Pop images of `shape`, C x H x W."""
    if name == "bernoulli":
        symbols = 255 * stack.pop(BERNOULLI, _bernoulli(outputs))
    else:
        starts = range(0, len(outputs), BATCH_SIZE)
        tables = (_table(name, outputs[start : start + BATCH_SIZE]) for start in starts)
        symbols = np.concatenate([stack.pop(CATEGORICAL, table) for table in tables])
    return symbols.astype(np.uint8).reshape(len(outputs), *shape)


def _symbols(images: np.ndarray) -> np.ndarray:
    return images.reshape(-1).astype(np.int32)


def _bernoulli(outputs: np.ndarray) -> np.ndarray:
    return torch.from_numpy(outputs.reshape(-1)).sigmoid().numpy()


def _table(name: str, outputs: np.ndarray) -> np.ndarray:
    table = GREY[name](torch.from_numpy(outputs))
    return table.reshape(-1, table.shape[-1]).numpy()
