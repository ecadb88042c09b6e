"""What tests of several parts use: tiny data, and the command as people run it."""

import importlib
import os
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
import warm
from hypothesis import HealthCheck, settings

from aebench.core.registry import KINDS
from aebench.core.sealed import read_sealed, write_sealed
from aebench.data.prepared import Prepared

# Always the same few examples; `make fuzz` takes many others. The first example may load torch.
COMMON = {
    "deadline": None,
    "database": None,
    "suppress_health_check": list(HealthCheck),
}
settings.register_profile("ci", derandomize=True, max_examples=25, **COMMON)
settings.register_profile("fuzz", max_examples=300, **COMMON)
settings.load_profile("ci")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark all tests that take examples of hypothesis."""
    for item in items:
        if getattr(getattr(item, "obj", None), "is_hypothesis_test", False):
            item.add_marker(pytest.mark.fuzz)


@pytest.fixture(scope="session")
def prepared() -> Prepared:
    """200 images of 1 x 6 x 6 with a bright blob each: 120 train, 40 validation, 40 test.

    Their labels say in which quarter of the image it is bright.
    """
    generator = np.random.default_rng(0)
    y, x = np.mgrid[:6, :6]
    centre = generator.uniform(0, 5, (200, 2, 1, 1))
    blobs = np.exp(-((y - centre[:, 0]) ** 2 + (x - centre[:, 1]) ** 2) / 3)
    split = np.repeat([0, 1, 2], [120, 40, 40]).astype(np.uint8)
    quarter = (centre > 2.5).reshape(200, 2) @ [1, 2]
    return Prepared((255 * blobs[:, None]).astype(np.uint8), quarter, split, tuple("abcd"))


@pytest.fixture
def registered() -> Iterator[None]:
    """Remove what the test registers: the members of all kinds are afterwards as before."""
    # All kinds.
    importlib.import_module("aebench.config.params")
    # The built-in members register themselves once only, so they must be there by now.
    before = {kind: dict(kind.known()) for kind in list(KINDS.values())}
    yield
    for kind, members in before.items():
        kind.members.clear()
        kind.members.update(members)


@pytest.fixture
def draw() -> Callable[..., np.ndarray]:
    """`draw(count, shape)`: uint8 images, of black and white if `two_valued`."""

    def draw(count: int, shape: Sequence[int], two_valued: bool = False) -> np.ndarray:
        grey = np.random.default_rng(1).integers(0, 256, (count, *shape), dtype=np.uint8)
        return 255 * (grey // 128) if two_valued else grey

    return draw


@pytest.fixture
def of_other_code() -> Callable[..., None]:
    """`of_other_code(path, *modules)`: as if these had been others when the record was written."""

    def change(path: Path, *modules: str) -> None:
        record = read_sealed(path)
        files = record.pop("files", {})
        changed = record["code"] | dict.fromkeys(modules, "0123456789abcdef")
        write_sealed(path, record | {"code": changed}, files)

    return change


@pytest.fixture
def aebench(project: Path) -> Callable[..., warm.Command]:
    """`aebench("study", "small")` starts the command in the project."""

    def aebench(*arguments: str, **environment: str) -> warm.Command:
        settings = os.environ | {"OMP_NUM_THREADS": "1"} | environment
        return warm.aebench(*arguments, cwd=project, env=settings)

    return aebench


@pytest.fixture
def wait_for() -> Callable[[Callable[[], object], str], None]:
    """Wait until a condition holds, at most three minutes."""

    def wait_for(condition: Callable[[], object], what: str) -> None:
        for _ in range(9000):
            if condition():
                return
            time.sleep(0.02)
        pytest.fail(f"{what}: not seen within three minutes")

    return wait_for
