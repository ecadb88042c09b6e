"""A linear path beside an encoder and a decoder, which can begin as principal component analysis.

A linear autoencoder's best solution is PCA's subspace (Baldi & Hornik 1989), so that a net beside
such a path has only what is not linear left to learn.
"""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn

from aebench.data.pca import Subspace

# Pixels are kept so far from 0 and 1, whose logits are infinite.
MARGIN = 1e-6


class LinearEncoder(nn.Module):
    """A net and a linear map, N x C x H x W -> N x code, added up.

    The net's share has a learned `gain`, which is 0 where the path begins at a solution (ReZero,
    Bachlechner et al. 2021).
    """

    def __init__(self, net: nn.Module, pixels: int, code: int):
        super().__init__()
        self.net, self.linear = net, nn.Linear(pixels, code)
        self.gain = nn.Parameter(torch.ones(()))

    def forward(self, images: Tensor) -> Tensor:
        return self.linear(images.flatten(1)) + self.gain * self.net(images)


class LinearDecoder(nn.Module):
    """A net and a linear map, N x code -> N x C x H x W, added up as pixels; returns their logits.

    The sum is cut off at 0 and 1.
    """

    def __init__(self, net: nn.Module, code: int, image_shape: Sequence[int]):
        super().__init__()
        self.net, self.image_shape = net, tuple(image_shape)
        self.linear = nn.Linear(code, int(np.prod(self.image_shape)))
        self.gain = nn.Parameter(torch.ones(()))
        # Grey, in the middle of where the sum is not cut off.
        nn.init.constant_(self.linear.bias, 0.5)

    def forward(self, codes: Tensor) -> Tensor:
        linear = self.linear(codes).unflatten(1, self.image_shape)
        return (linear + self.gain * self.net(codes)).clamp(MARGIN, 1 - MARGIN).logit()


@torch.no_grad()
def begin_at_pca(encoder: LinearEncoder, decoder: LinearDecoder, images: np.ndarray) -> None:
    """Set the path to PCA of uint8 images, N x C x H x W, and the nets' gains to 0.

    Codes have variance 1 on average over their dimensions; those beyond what PCA has stay 0.
    """
    code = encoder.linear.out_features
    subspace = Subspace(images, code)
    coordinates = subspace.codes(images, subspace.components)
    scale = max(float(np.sqrt(np.square(coordinates).mean())), 1e-6)
    mean = subspace.images(np.zeros((1, subspace.components)))[0]
    components = np.zeros((code, len(mean)))
    components[: subspace.components] = subspace.images(np.eye(subspace.components)) - mean
    for parameter, value in (
        (encoder.linear.weight, components / scale),
        (encoder.linear.bias, components @ -mean / scale),
        (encoder.gain, np.zeros(())),
        (decoder.linear.weight, components.T * scale),
        (decoder.linear.bias, mean),
        (decoder.gain, np.zeros(())),
    ):
        parameter.copy_(torch.from_numpy(np.asarray(value)))
