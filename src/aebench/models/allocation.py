"""Building of modules whose tensors are asked for before they take memory."""

import math
from typing import Any

import torch
from torch.overrides import TorchFunctionMode

from aebench.core.errors import InputError
from aebench.core.memory import needs_memory

# What modules make their parameters and buffers by.
FACTORIES = (torch.empty, torch.zeros, torch.ones, torch.full, torch.rand, torch.randn)
# Bytes that are asked for at a time.
PORTION = 2**24


class AskFirst(TorchFunctionMode):
    """Inside, InputError is raised before new tensors take more memory than is free.

    It names `what`. `most`: bytes of all new tensors together, where it is known how many they are.
    """

    def __init__(self, what: str, most: float = math.inf):
        super().__init__()
        self.what, self.most = what, most
        self.taken = self.unasked = 0

    def __torch_function__(
        self, function: Any, types: Any, args: Any = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        kwargs = kwargs or {}
        if function in FACTORIES:
            itemsize = (kwargs.get("dtype") or torch.get_default_dtype()).itemsize
            self._ask(math.prod(_shape(args, kwargs)) * itemsize)
        return function(*args, **kwargs)

    def _ask(self, size: int) -> None:
        self.taken += size
        self.unasked += size
        if self.taken > self.most:
            raise InputError(self.what, "its description is of more weights than there are")
        if self.unasked >= PORTION:
            needs_memory(self.unasked, self.what)
            self.unasked = 0


def _shape(args: Any, kwargs: dict[str, Any]) -> Any:
    """The size that a factory is called with: one sequence, or number by number."""
    size = args or (kwargs["size"],)
    return size[0] if isinstance(size[0], tuple | list) else size
