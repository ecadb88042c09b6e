"""The VampPrior (Tomczak & Welling 2018): a mixture of posteriors of learned pseudo-inputs."""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn


class PseudoInputs(nn.Module):
    """`count` learned images with pixels in (0, 1): count x C x H x W.

    p(z) is the mean of q(z|u) over them (ibid., eq. 9). A sigmoid bounds the pixels where the paper
    clips, so that no gradient vanishes.
    """

    def __init__(self, count: int, image_shape: Sequence[int]):
        super().__init__()
        # Dark, as most images are, and random, as equal ones would stay equal in training.
        self.logits = nn.Parameter(torch.randn(count, *image_shape) - 1)

    def forward(self) -> Tensor:
        return self.logits.sigmoid()

    def components(self, posterior: Callable[[Tensor], tuple[Tensor, ...]]) -> tuple[Tensor, ...]:
        """Means and log variances of the posteriors of the pseudo-inputs: count x latent each."""
        return posterior(self())
