"""Copies of the examples, whole or with a fault planted in them."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from aebench.contract.run import test_plugin as check_plugin
from aebench.core import plugins

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture
def checked(tmp_path: Path, registered) -> Callable[..., list]:
    """`checked("lion", {"old text": "new text"})`: the results of the checks of a changed copy."""

    def checked(name: str, changes: dict[str, str] | None = None) -> list:
        text = (EXAMPLES / f"{name}.py").read_text()
        for old, new in (changes or {}).items():
            assert old in text
            text = text.replace(old, new)
        path = tmp_path / f"{name}.py"
        path.write_text(text)
        return list(check_plugin(str(path)))

    loaded = dict(plugins.LOADED)
    yield checked
    for name in plugins.LOADED.keys() - loaded.keys():
        sys.modules.pop(f"{plugins.MODULE}{name}")
    plugins.LOADED.clear()
    plugins.LOADED.update(loaded)
