"""What the `step` of an optimizer begins with."""

from collections.abc import Callable

import torch
from torch import Tensor


def evaluated(closure: Callable[[], Tensor] | None) -> Tensor | None:
    """The loss where an update begins, its gradients computed on the way; None without a closure.

    `step` itself computes no gradients.
    """
    if closure is None:
        return None
    with torch.enable_grad():
        return closure()
