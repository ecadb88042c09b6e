"""The table of commands: options are what the functions take, and help is at hand."""

import importlib
import inspect

import pytest

from aebench import cli
from aebench.commands.command import Command
from aebench.commands.fitting import Fitting
from aebench.commands.model_commands import MODEL_COMMANDS


@pytest.mark.parametrize("command", MODEL_COMMANDS, ids=lambda command: command.name)
def test_options_are_the_parameters_of_the_function(command: Command) -> None:
    actions = cli.parser()._subparsers._group_actions[0].choices[command.name]._actions
    options = {action.dest for action in actions} - {"help", "quiet", "verbose"}
    # `lazily` keeps the module and the function by name.
    kept = inspect.getclosurevars(command.run).nonlocals
    function = getattr(importlib.import_module(kept["module"]), kept["function"])
    parameters = set(inspect.signature(function).parameters)
    if "fitting" in parameters:
        parameters = parameters - {"fitting"} | Fitting.__annotations__.keys()
    assert options == parameters
