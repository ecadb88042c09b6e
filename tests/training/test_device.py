import os
import platform
import subprocess
import sys

import pytest
import torch

from aebench.core.errors import InputError
from aebench.training import device


@pytest.fixture
def hardware(monkeypatch: pytest.MonkeyPatch):
    def has(cuda: bool = False, avx512: bool = False, amx: bool = False, gpu: bool = False) -> None:
        monkeypatch.setattr(torch.cuda, "is_available", lambda: cuda)
        # Emulated bf16 is slower than fp32, so a GPU that emulates it does not have it.
        monkeypatch.setattr(
            torch.cuda,
            "is_bf16_supported",
            lambda including_emulation=True: gpu or including_emulation,
        )
        monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda: avx512)
        monkeypatch.setattr(torch.cpu, "_is_amx_tile_supported", lambda: amx)
        monkeypatch.setenv("CUBLAS_WORKSPACE_CONFIG", "")
        device.device.cache_clear()

    yield has
    device.device.cache_clear()


@pytest.mark.parametrize(
    ("has", "native"),
    [
        ({}, False),
        ({"avx512": True}, True),
        ({"amx": True}, True),
        ({"cuda": True}, False),
        ({"cuda": True, "avx512": True}, False),
        ({"cuda": True, "gpu": True}, True),
    ],
)
def test_bf16_is_native_where_the_device_multiplies_it(has: dict, native: bool, hardware) -> None:
    hardware(**has)
    assert device.native_bf16() == native


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
@pytest.mark.parametrize("able", [False, True])
def test_a_precision_that_is_asked_for_is_kept(precision: str, able: bool, spec, hardware) -> None:
    hardware(avx512=able)
    assert spec(precision=precision).precision == precision


def test_a_precision_that_depends_on_the_hardware_is_refused(spec) -> None:
    with pytest.raises(InputError, match="precision: 'auto' is not allowed; allowed: 'bf16' or"):
        spec(precision="auto")


@pytest.mark.parametrize("cuda", [False, True])
def test_the_gpu_where_there_is_one(cuda: bool, hardware) -> None:
    hardware(cuda=cuda)
    assert device.device().type == ("cuda" if cuda else "cpu")


def test_what_a_run_was_made_with_is_described() -> None:
    described = device.describe()
    assert described["torch"] == torch.__version__
    assert described["threads"] == torch.get_num_threads()


FAULTS = """
import resource
import torch
{prepare}
def faults(numbers):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(20):
        tensors = [torch.ones(numbers) for _ in range(20)]
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before
sizes = 100_000, 1_000_000, 4_000_000
# The heap grows to what they need, more than once where a small thing lies in between.
for _ in range(5):
    sum(map(faults, sizes))
print(sum(map(faults, sizes)))
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="of glibc's heap")
@pytest.mark.skipif(torch.cuda.is_available(), reason="of trainings on a CPU")
def test_what_tensors_leave_is_used_again() -> None:
    """A page that is given back and taken anew costs as much as the work on its numbers."""
    # Whoever runs the tests may have told glibc the same already.
    plain = {name: value for name, value in os.environ.items() if not name.startswith("MALLOC_")}
    given_back, kept = (
        int(
            subprocess.check_output(
                [sys.executable, "-c", FAULTS.format(prepare=prepare)], env=plain
            )
        )
        for prepare in ("", "from aebench.training.device import device; device()")
    )
    assert 10 * kept < given_back
