"""Seeds that depend on their purpose, never on what was drawn before."""

import contextlib
import hashlib
from collections.abc import Iterator

import torch


def derive(*path: int | str) -> int:
    """A 63-bit seed for a path such as `derive(seed, "epoch", 3)`."""
    digest = hashlib.sha256("/".join(map(str, path)).encode()).digest()
    return int.from_bytes(digest[:8], "big") >> 1


@contextlib.contextmanager
def seeded(*path: int | str) -> Iterator[None]:
    """Inside, torch's generators are seeded by `derive(*path)`; afterwards they are restored."""
    devices = range(torch.cuda.device_count())
    with torch.random.fork_rng(devices=devices):
        torch.manual_seed(derive(*path))
        yield
