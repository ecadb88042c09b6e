"""Calls the closure that an optimizer's `step` is given."""

from collections.abc import Callable

import torch
from torch import Tensor


def evaluated(closure: Callable[[], Tensor] | None) -> Tensor | None:
    """Compute the gradients and return the loss; None without a closure.

    Turns gradients on, which `step` is called without.
    """
    if closure is None:
        return None
    with torch.enable_grad():
        return closure()
