"""A model's nets as a decoder elsewhere computes them again, to the last bit."""

import copy

import numpy as np
import torch
from torch import nn

# Rows that a net sees at a time, always so many.
ROWS = 100
OUTPUT_GRID = 2.0**14


class ExactNets:
    """Nets of a copy of the model whose outputs are the same when the images are decoded.

    Encoder and decoder must use the same probabilities, so the last bit of every output matters.
    Nets compute in double precision, always on as many rows, and outputs are rounded to
    multiples of 2^-14: other threads or another library sum in another order, which moves an output
    by about 1e-15 and, one time in 10^10, across the boundary between two such multiples.
    """

    def __init__(self, model: nn.Module):
        self.model = copy.deepcopy(model).double().eval()

    @torch.no_grad()
    def run(self, net: nn.Module, rows: np.ndarray) -> np.ndarray:
        """N x ... -> N x ..., float64 both."""
        parts = []
        for start in range(0, len(rows), ROWS):
            part = torch.from_numpy(rows[start : start + ROWS].astype(np.float64))
            padded = torch.zeros(ROWS, *part.shape[1:], dtype=part.dtype)
            padded[: len(part)] = part
            parts.append(net(padded)[: len(part)].numpy())
        return np.rint(np.concatenate(parts) * OUTPUT_GRID) / OUTPUT_GRID

    def gaussian(self, net: nn.Module, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Mean and standard deviation, N x D each, of which the net gives log variances."""
        mean, log_var = np.split(self.run(net, rows), 2, axis=1)
        return mean, np.exp(0.5 * log_var)
