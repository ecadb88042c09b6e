"""Where a benchmark ran, in words."""

from aebench.training.device import describe, native_bf16


def machine() -> str:
    """The device, its threads, whether it multiplies bf16 itself, and the versions."""
    bf16 = "bf16 in hardware" if native_bf16() else "no bf16 in hardware"
    told = [f"{key} {value}" for key, value in describe().items()]
    return ", ".join([told[0], bf16, *told[1:]])
