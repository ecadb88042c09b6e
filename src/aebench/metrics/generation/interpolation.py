"""Interpolation between codes."""

import torch
from torch import Tensor


def straight(a: Tensor, b: Tensor, steps: int) -> Tensor:
    """`steps` codes on the line from a to b, both included: steps x ... x D."""
    return torch.lerp(a, b, _shares(a, steps))


def spherical(a: Tensor, b: Tensor, steps: int) -> Tensor:
    """`steps` codes on the great arc from a to b (Shoemake 1985; White 2016): steps x ... x D.

    Samples of a Gaussian in many dimensions have nearly the same length; a line between two leaves
    that shell, an arc stays in it. Lengths are interpolated too; parallel codes give the line.
    """
    cosine = torch.nn.functional.cosine_similarity(a, b, dim=-1).clamp(-1, 1)
    angle = torch.acos(cosine).unsqueeze(-1)
    share = _shares(a, steps)
    flat = angle.sin() < 1e-3
    sine = angle.sin().where(~flat, 1)
    arc = (((1 - share) * angle).sin() * a + (share * angle).sin() * b) / sine
    return torch.where(flat, straight(a, b, steps), arc)


def _shares(like: Tensor, steps: int) -> Tensor:
    shares = torch.linspace(0, 1, steps, dtype=like.dtype, device=like.device)
    return shares.reshape(-1, *[1] * like.ndim)
