"""Memory that is asked for before it is taken: too much of it would end the process unheard."""

import math
import mmap
import os
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aebench.core.errors import InputError

if TYPE_CHECKING:
    import numpy as np

# Where Linux says what the processes of a container may take, and what they take: versions 2 and 1.
GROUPS = (
    ("/sys/fs/cgroup", "memory.max", "memory.current"),
    ("/sys/fs/cgroup/memory", "memory.limit_in_bytes", "memory.usage_in_bytes"),
)
OUT_OF_MEMORY = "more memory is needed than is free"
# Bytes of a number in single precision.
FLOAT = 4
# The share of the free memory that a single array may take, and bytes that any memory has.
LARGEST_SHARE, SMALL = 0.25, 2**26
# MAP_NORESERVE, which Python lacks before 3.13: a system would refuse to map a file that is larger
# than its memory, as if all of it were to be written to.
NORESERVE = 0x4000 if sys.platform == "linux" else 0


def needs_memory(size: float, what: str, device: str = "cpu") -> None:
    """Raise InputError, which names `what`, where `size` bytes are more than `device` has free."""
    free = available(device)
    if size > free:
        place = "" if device == "cpu" else " of the GPU"
        raise InputError(
            what,
            f"takes {_text(size)} of memory",
            f"what fits into the {_text(free)}{place} that are free",
        )


def fits(size: float) -> bool:
    """Whether an array of `size` bytes leaves most of the CPU's free memory to others."""
    return size <= SMALL or size <= LARGEST_SHARE * available()


def allocate(shape: Sequence[int], dtype: Any, what: str) -> "np.ndarray":
    """An array of undefined values: in memory if it fits, or else in a file that ends with it.

    The file lies in the folder of temporary files, which `TMPDIR` names. Raises InputError, which
    names `what`, if that has too little room.
    """
    import numpy as np

    size = math.prod(shape) * np.dtype(dtype).itemsize
    if fits(size):
        return np.empty(shape, dtype)
    folder = tempfile.gettempdir()
    room = shutil.disk_usage(folder).free
    if size > room:
        raise InputError(
            what,
            f"takes {_text(size)}",
            f"what fits into the {_text(room)} that {folder} has free; TMPDIR names another folder",
        )
    with tempfile.TemporaryFile() as file:
        # Where a disk is full, writing to a mapped file would kill the process.
        if hasattr(os, "posix_fallocate"):
            os.posix_fallocate(file.fileno(), 0, size)
        return np.memmap(file, dtype, "w+", shape=tuple(shape)).view(np.ndarray)


def mapped(path: Path) -> mmap.mmap:
    """The bytes of a file, each read when it is used; what is written to them stays in memory."""
    with path.open("rb") as file:
        return mmap.mmap(
            file.fileno(), 0, mmap.MAP_PRIVATE | NORESERVE, mmap.PROT_READ | mmap.PROT_WRITE
        )


def is_out_of_memory(error: BaseException) -> bool:
    """Whether Python, NumPy or PyTorch found no memory; the latter has no type for it on CPUs."""
    text = str(error)
    return isinstance(error, MemoryError) or any(
        said in text for said in ("can't allocate memory", "CUDA out of memory")
    )


def available(device: str = "cpu") -> float:
    """Bytes that can still be taken, on the CPU or a CUDA GPU; infinity where nobody says."""
    if device != "cpu":
        import torch

        unused = torch.cuda.memory_reserved() - torch.cuda.memory_allocated()
        return torch.cuda.mem_get_info()[0] + unused
    return min([_of_machine(), *_of_groups(), _of_addresses()])


def _of_machine() -> float:
    try:
        fields = _numbers(Path("/proc/meminfo"))
        # Swap is slow, but it is memory.
        return 1024.0 * (fields["MemAvailable"] + fields["SwapFree"])
    except (OSError, ValueError, KeyError):
        return float(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))


def _of_groups() -> list[float]:
    left = []
    for folder, limit, used in GROUPS:
        try:
            allowed = int(Path(folder, limit).read_text(encoding="ascii"))
            taken = int(Path(folder, used).read_text(encoding="ascii"))
            statistics = _numbers(Path(folder, "memory.stat"))
        # ValueError: "max", which is no limit.
        except (OSError, ValueError):
            continue
        # The cache of files is given up where memory is short.
        cache = statistics.get("active_file", 0) + statistics.get("inactive_file", 0)
        left.append(float(allowed - taken + cache))
    return left


def _numbers(path: Path) -> dict[str, int]:
    """The lines `name number` or `name: number unit` of a file of the system."""
    lines = (line.split() for line in path.read_text(encoding="ascii").splitlines())
    return {line[0].rstrip(":"): int(line[1]) for line in lines}


def _of_addresses() -> float:
    """What `ulimit -v` leaves."""
    if sys.platform != "linux":
        return float("inf")
    import resource

    limit, _ = resource.getrlimit(resource.RLIMIT_AS)
    if limit == resource.RLIM_INFINITY:
        return float("inf")
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    return limit - pages * resource.getpagesize()


def _text(size: float) -> str:
    return f"{max(size, 0) / 2**30:,.1f} GiB"
