"""Extras: what is missing is one line, and the table of modules is that of pyproject.toml."""

import re
import sys
import tomllib
from importlib import metadata
from pathlib import Path

import pytest

from aebench.core import extras
from aebench.core.errors import InputError

PYPROJECT = Path(__file__).parents[2] / "pyproject.toml"


def names(requirements: list[str]) -> set[str]:
    """The names of distributions, in the spelling that compares equal."""
    return {re.split(r"[^\w.-]", name)[0].lower().replace("_", "-") for name in requirements}


def test_each_module_is_of_the_extra_that_is_said_to_install_it():
    declared = tomllib.loads(PYPROJECT.read_text())["project"]["optional-dependencies"]
    assert set(extras.MODULES) == set(declared) - {"all", "dev"}
    distributions = metadata.packages_distributions()
    for extra, modules in extras.MODULES.items():
        for module in modules:
            assert names(distributions.get(module, [module])) & names(declared[extra]), module


def test_what_is_missing_is_one_line_with_a_command_that_works_in_a_clone(monkeypatch):
    extras.require("sweeps")
    monkeypatch.setitem(sys.modules, "sklearn", None)
    with pytest.raises(
        InputError, match=r"sklearn is not installed.*pip install -e '\.\[sweeps\]'"
    ):
        extras.require("sweeps")
    assert "'.[pipeline]'" in (extras.missing("sklearn") or "")
    assert extras.missing("nothing_of_this_name") is None
