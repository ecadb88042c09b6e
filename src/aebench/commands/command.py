"""A command of the command line as data: its options, its help, and the function that it calls.

Nothing heavy is imported before a command runs, so that help comes at once.
"""

import argparse
import importlib
import sys
from collections.abc import Callable
from typing import Any, NoReturn

from aebench.core.errors import InputError
from aebench.core.extras import require
from aebench.core.nearest import did_you_mean, unknown
from aebench.core.stops import DiskError, Stopped

CODES = "Exit codes: 0 done, 2 your input is wrong, 130 Ctrl-C, 143 SIGTERM, 1 anything else."


class Parser(argparse.ArgumentParser):
    """argparse's parser, whose error is one line without the usage above it."""

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        words = sys.argv[1:] if args is None else list(args)
        for word in words:
            # argparse takes these for options without a value, and gives an empty list.
            if word.startswith("-") and (word.endswith("=--") or word[2:] == "--"):
                self.error(f"{word}: -- is no value")
        namespace, others = super().parse_known_args(words, namespace)
        if others:
            # Here, not in the parser above, whose help does not list this command's options.
            options = [option for action in self._actions for option in action.option_strings]
            nearest = did_you_mean(others[0].partition("=")[0], options)
            self.error(f"unrecognized arguments: {' '.join(others)}{nearest}")
        return namespace, others

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        # argparse's own message for an unknown command shows them all, and not the one meant.
        if action.choices is not None and value not in action.choices:
            choices = list(map(str, action.choices))
            line = f"{unknown('name', str(value), choices)}; allowed: {', '.join(choices)}"
            raise argparse.ArgumentError(action, line)

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{InputError(self.prog, message)}; `{self.prog} --help` says more\n")


class Option:
    """An argument or option: what argparse's `add_argument` takes."""

    def __init__(self, *flags: str, **settings: Any):
        self.flags, self.settings = flags, settings

    def add(self, parser: Any) -> None:
        parser.add_argument(*self.flags, **self.settings)


class Flag(Option):
    """An option without a value; False unless it is given."""

    def __init__(self, *flags: str, help: str):
        super().__init__(*flags, action="store_true", help=help)


class Exclusive:
    """Options of which at most one may be given."""

    def __init__(self, *options: Option):
        self.options = options

    def add(self, parser: argparse.ArgumentParser) -> None:
        group = parser.add_mutually_exclusive_group()
        for option in self.options:
            option.add(group)


class Command:
    """`aebench NAME`, which calls `run` with its options as keyword arguments.

    `summary` is its line in `aebench --help`; `extra` is the package's extra that it needs;
    `resumes` says that it goes on where it stood when it was stopped.
    """

    # No dataclass: their import alone takes a tenth of the time of `aebench --help`.
    def __init__(
        self,
        name: str,
        summary: str,
        description: str,
        run: Callable[..., None],
        options: tuple[Option | Exclusive, ...] = (),
        example: str = "",
        extra: str | None = None,
        resumes: bool = False,
    ):
        self.name, self.summary, self.description = name, summary, description
        self.run, self.options, self.example, self.extra = run, options, example, extra
        self.resumes = resumes

    def add(self, commands: Any) -> None:
        """Add a parser of this command to argparse's sub-parsers."""
        parser = commands.add_parser(
            self.name,
            help=self.summary,
            description=self.description,
            epilog=f"example:\n  aebench {self.example}\n\n{CODES}" if self.example else CODES,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        for option in self.options:
            option.add(parser)
        # Not False, which would undo what stands before the command's name.
        add_verbosity(parser, argparse.SUPPRESS)
        parser.set_defaults(chosen=self)

    def __call__(self, options: dict[str, Any]) -> None:
        """Run it; raises InputError where its extra is not installed."""
        if self.extra:
            require(self.extra)
        self.run(**options)

    def after(self, stop: Stopped | DiskError) -> str:
        """One line on what has stopped it: what is kept, and how to go on."""
        kept, on = (
            ("finished runs and the last checkpoint are kept", "goes on where it stood")
            if self.resumes
            else ("no file is half-written", "begins again")
        )
        condition = ""
        if isinstance(stop, DiskError):
            condition = "with more room, " if stop.full else "where it may write, "
        return f"{stop}; {kept}; {condition}the same command {on}"


def add_verbosity(parser: argparse.ArgumentParser, default: Any) -> None:
    """Add --quiet and --verbose, of which at most one may be given."""
    group = parser.add_mutually_exclusive_group()
    for flag, text in (
        ("quiet", "no progress bars and notes, only results and errors"),
        ("verbose", "log what is done, and show where an unexpected error comes from"),
    ):
        group.add_argument(
            f"-{flag[0]}", f"--{flag}", action="store_true", default=default, help=text
        )


def lazily(module: str, function: str) -> Callable[..., None]:
    """A function that is imported when it is called."""

    def run(**options: Any) -> None:
        getattr(importlib.import_module(module), function)(**options)

    return run
