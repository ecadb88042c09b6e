"""Ways from one code to another, to be decoded on the way."""

import torch
from torch import Tensor


def straight(a: Tensor, b: Tensor, steps: int) -> Tensor:
    """`steps` codes from a to b, both included, on a line: steps x ... x D."""
    return torch.lerp(a, b, _shares(a, steps))


def spherical(a: Tensor, b: Tensor, steps: int) -> Tensor:
    """The same on a great arc (Shoemake 1985; for latents White 2016): steps x ... x D.

    Draws of a Gaussian prior in many dimensions have nearly one length; a line between two leaves
    that shell, an arc stays in it. Ends of different lengths are blended; parallel ones give the
    line.
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
