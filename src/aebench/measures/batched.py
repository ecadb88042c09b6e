"""Apply a network to NumPy images in batches."""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from aebench.data.pixels import in_chunks, to_float
from aebench.training.device import device


@torch.no_grad()
def apply_in_batches(function: Callable[[Tensor], Tensor], images: np.ndarray) -> np.ndarray:
    """Apply a function of float32 images to float or uint8 ones, N x ...; runs on the device."""
    parts = in_chunks(torch.from_numpy(images))
    outputs = [function(to_float(part).float().to(device())).cpu() for part in parts]
    return torch.cat(outputs).numpy()
