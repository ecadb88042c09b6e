"""The command line: its parser, and what becomes of an error."""

import argparse
import contextlib
import io
import os
import select
import signal
import sys
import time
import traceback
from collections.abc import Iterator

from aebench import __version__
from aebench.cli.project_commands import PROJECT_COMMANDS, STAGES
from aebench.commands.command import CODES, Command, Parser, add_verbosity
from aebench.commands.model_commands import MODEL_COMMANDS
from aebench.core.errors import InputError, one_line
from aebench.core.extras import missing
from aebench.core.files import UNUSABLE, USABLE
from aebench.core.memory import OUT_OF_MEMORY, is_out_of_memory
from aebench.core.stops import Stopped, disk_error, stoppable
from aebench.core.urls import hide_passwords

# The file that standard output is.
STDOUT = 1

HELP = f"""\
examples:
  aebench check                                                   is params.yaml right?
  aebench study pretraining --dry-run                             what would be trained?
  aebench models                                                  which models are trained?
  aebench sample pipeline:vae -o samples.png                      new images
  aebench COMMAND --help                                          each command by itself

{CODES}"""


def parser() -> argparse.ArgumentParser:
    """The parser of the whole command line."""
    top = Parser(
        prog="aebench",
        description="A reproducible benchmark of autoencoders. `dvc repro` runs all stages, from\n"
        "prepare to report, in their order; each can be run by itself on a data set that\n"
        "params.yaml names. Commands from models on use trained models and your images.",
        epilog=HELP,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    top.add_argument("--version", action="version", version=f"aebench {__version__}")
    add_verbosity(top, False)
    commands = top.add_subparsers(required=True, metavar="COMMAND")
    for command in (*STAGES, *PROJECT_COMMANDS, *MODEL_COMMANDS):
        command.add(commands)
    return top


def main() -> int:
    """Run the command line; returns the exit code."""
    try:
        try:
            return _main()
        finally:
            if sys.stdout:
                sys.stdout.flush()
    except OSError as error:
        # What is left to write would be tried again, and complained of, when Python ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), STDOUT)
        if isinstance(error, BrokenPipeError):
            # Nobody reads on, as after `| head`: other programs end by the signal, in silence.
            return 128 + signal.SIGPIPE
        print(f"aebench: standard output: {error.strerror}", file=sys.stderr)
        return 1


def _main() -> int:
    for stream in (sys.stdout, sys.stderr):
        # Where the locale has no ±, an escape in its place is better than a traceback.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    # Sums that threads share differ in their last digits by the number of threads: with one,
    # results are the same bytes on any number of cores. numpy reads it when it is imported.
    os.environ["OPENBLAS_NUM_THREADS"] = "1"
    options = vars(parser().parse_args())
    command, quiet, verbose = (options.pop(name) for name in ("chosen", "quiet", "verbose"))
    if quiet:
        from aebench.core.progress import QUIET

        # In the environment, so that processes that are started later know, too.
        os.environ[QUIET] = "1"
    begun = time.monotonic()
    if verbose:
        _log(f"aebench {__version__}, Python {sys.version.split()[0]}: {command.name} {options}")
    try:
        with stoppable(), contextlib.nullcontext() if verbose else _libraries_silenced():
            command(options)
    except (Exception, Stopped) as error:
        _close_bars()
        if isinstance(error, BrokenPipeError) and _unread():
            raise
        if verbose and not isinstance(error, InputError):
            print(hide_passwords(traceback.format_exc()), file=sys.stderr)
        line, code = _explain(error, command)
        print(f"aebench: {one_line(line)}", file=sys.stderr)
        return code
    if verbose:
        _log(f"{command.name} took {time.monotonic() - begun:.1f} s")
    return 0


def _unread() -> bool:
    """Whether standard output is a pipe from which nobody reads any more."""
    waiting = select.poll()
    # What is always told: that its other end was closed.
    waiting.register(STDOUT, 0)
    return bool(waiting.poll(0))


def _log(text: str) -> None:
    """Log a line, and all that modules of this package log from now on."""
    import logging

    class Formatter(logging.Formatter):
        def format(self, record: logging.LogRecord) -> str:
            return hide_passwords(super().format(record))

    handler = logging.StreamHandler()
    handler.setFormatter(Formatter("%(asctime)s %(name)s: %(message)s"))
    logging.basicConfig(handlers=[handler])
    log = logging.getLogger("aebench")
    log.setLevel(logging.DEBUG)
    log.debug(text)


@contextlib.contextmanager
def _libraries_silenced() -> Iterator[None]:
    """Without the warnings of libraries, which would stand before what the command says itself."""
    import logging
    import warnings

    logging.disable(logging.WARNING)
    try:
        with warnings.catch_warnings():
            if not sys.warnoptions:
                warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(logging.NOTSET)


def _close_bars() -> None:
    """End the lines of progress bars, so that no other text stands on them."""
    if progress := sys.modules.get("aebench.core.progress"):
        progress.close_bars()


def _explain(error: Exception | Stopped, command: Command) -> tuple[str, int]:
    """One line on an error, and the exit code."""
    if isinstance(error, Stopped):
        return command.after(error), 128 + error.number
    if isinstance(error, InputError):
        return str(error), 2
    if disk := disk_error(error):
        return command.after(disk), 1
    if isinstance(error, OSError) and error.errno in UNUSABLE and error.filename is not None:
        return str(InputError(os.fsdecode(error.filename), error.strerror or "", USABLE)), 2
    if is_out_of_memory(error):
        return f"{OUT_OF_MEMORY}: smaller batches, models or counts need less", 1
    if isinstance(error, ModuleNotFoundError) and (
        line := missing((error.name or "").partition(".")[0])
    ):
        return line, 2
    # Where no plug-in is loaded, none is to blame.
    loaded = sys.modules.get("aebench.core.plugins")
    if loaded and (line := loaded.blame(error)):
        return line, 2
    text = " ".join(str(error).split())[:300]
    return f"unexpected {type(error).__name__}: {text}; --verbose shows where it comes from", 1
