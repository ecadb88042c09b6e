"""Networks whose outputs encoder and decoder reproduce to the last bit."""

import copy
from typing import Generic, TypeVar

import numpy as np
import torch
from torch import nn

# Batch size of every pass; the last batch is padded.
ROWS = 100
OUTPUT_GRID = 2.0**14

M = TypeVar("M", bound=nn.Module)


class ExactNets(Generic[M]):
    """Runs the networks of a double-precision copy of the model reproducibly.

    Encoder and decoder must use the same probabilities, so the last bit of every output matters.
    Batches have a fixed size, and outputs are rounded to multiples of 2^-14: other threads or
    libraries sum in another order, which moves an output by about 1e-15 and across the boundary
    between two multiples once in 10^10 times.
    """

    def __init__(self, model: M):
        self.model: M = copy.deepcopy(model).double().eval()

    @torch.no_grad()
    def run(self, net: nn.Module, rows: np.ndarray) -> np.ndarray:
        """The network's outputs for N rows, float64."""
        parts = []
        for start in range(0, len(rows), ROWS):
            part = torch.from_numpy(rows[start : start + ROWS].astype(np.float64))
            padded = torch.zeros(ROWS, *part.shape[1:], dtype=part.dtype)
            padded[: len(part)] = part
            parts.append(net(padded)[: len(part)].numpy())
        return np.rint(np.concatenate(parts) * OUTPUT_GRID) / OUTPUT_GRID

    def gaussian(self, net: nn.Module, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Mean and standard deviation, N x D each, from a network of means and log variances."""
        mean, log_var = np.split(self.run(net, rows), 2, axis=1)
        return mean, np.exp(0.5 * log_var)
