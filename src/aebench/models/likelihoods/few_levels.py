"""The discretized logistic for images of fewer evenly spaced grey values than 256."""

import torch
from torch import Tensor

from aebench.models.likelihoods import discretized_logistic as logistic

BYTE = 255


class FewLevels:
    """Probabilities of the values round(255 k / (levels - 1)) of a byte; see `likelihoods`."""

    maps, grey = 2, True

    def __init__(self, levels: int):
        self.levels = levels

    def nll(self, outputs: Tensor, images: Tensor) -> Tensor:
        """In nats; infinite for values that are none of these."""
        steps = self.levels - 1
        values = (images * steps).round() / steps
        nll = logistic.logistic_nll(*logistic.parameters(outputs, self.levels), values, self.levels)
        other = ((values * BYTE).round() - images * BYTE).abs() > 0.5
        return torch.where(other, torch.inf, nll)

    def mean(self, outputs: Tensor) -> Tensor:
        return logistic.parameters(outputs, self.levels)[0].clamp(0, 1)
