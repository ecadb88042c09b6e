"""The device that trainings use, and its properties."""

import ctypes
import os
import platform
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

import torch

# Constants of glibc's malloc.h.
TRIM_THRESHOLD, MMAP_THRESHOLD = -1, -3


@cache
def device() -> torch.device:
    """The GPU if there is one, otherwise the CPU."""
    if not torch.cuda.is_available():
        _keep_memory()
        return torch.device("cpu")
    # Without it cuBLAS is not deterministic (PyTorch's notes on reproducibility).
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    return torch.device("cuda")


@contextmanager
def threads(count: int) -> Iterator[None]:
    """Inside, PyTorch uses `count` CPU threads."""
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def native_bf16() -> bool:
    """Whether the hardware multiplies bf16 natively; emulated, bf16 is slower than fp32."""
    if device().type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    return torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported()


def _keep_memory() -> None:
    """Let glibc reuse the memory of freed tensors: mapping new pages took a third of a VAE's step.

    For blocks of up to 32 MiB, glibc's limit, and 1 GiB in all.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt:
        mallopt(MMAP_THRESHOLD, 32 << 20)
        mallopt(TRIM_THRESHOLD, 1 << 30)


def describe() -> dict[str, str | int]:
    """The device and versions of a run: recorded, but not part of its identity."""
    cuda = device().type == "cuda"
    return {
        "device": torch.cuda.get_device_name() if cuda else platform.processor() or "CPU",
        "threads": torch.get_num_threads(),
        "torch": torch.__version__,
        "python": platform.python_version(),
    }
