"""The command line: a sub-command for each stage, and for each thing that people do besides."""

import argparse
import contextlib
import importlib
import io
import os
import select
import signal
import sys
import time
import traceback
from collections.abc import Iterator
from typing import TYPE_CHECKING

from aebench import __version__
from aebench.commands.arguments import count, reason
from aebench.commands.command import (
    CODES,
    Command,
    Exclusive,
    Flag,
    Option,
    Parser,
    add_verbosity,
)
from aebench.commands.model_commands import MODEL_COMMANDS
from aebench.core.errors import InputError, one_line
from aebench.core.extras import missing, require
from aebench.core.files import UNUSABLE, USABLE
from aebench.core.memory import OUT_OF_MEMORY, is_out_of_memory
from aebench.core.stops import Stopped, disk_error, stoppable
from aebench.core.urls import hide_passwords

if TYPE_CHECKING:
    from aebench.training.runs import OtherCode

# The file that standard output is.
STDOUT = 1


def _check(store: bool) -> None:
    from aebench.config.params import load_params
    from aebench.core.paths import OWN
    from aebench.data.own_folder import check_own
    from aebench.data.preparation import check_data

    params = load_params()
    check_own(OWN)
    for dataset in params.datasets:
        check_data(params.sets[dataset])
    print(f"params.yaml is fine; data sets: {', '.join(params.datasets)}")
    if store:
        _check_store()


def _check_store() -> None:
    from aebench.training.runs import RunStore

    runs = RunStore()
    damaged = list(runs.damaged())
    for error in damaged:
        print(error, file=sys.stderr)
    if damaged:
        raise InputError(
            f"{runs.root}: {len(damaged)} results are damaged; the commands that they are of make "
            "them again"
        )
    print(f"{runs.root}: all results match their checksums")


def _run_stage(name: str, dataset: str, *other_code: "OtherCode") -> None:
    from aebench.config.params import config_for, load_params

    # The whole file is checked before a stage begins, so that a typo costs no training.
    config_for(load_params(), dataset)
    getattr(importlib.import_module(f"aebench.pipeline.{name}"), name)(dataset, *other_code)


def _other_code(retrain: bool, accept_code: str | None) -> "OtherCode":
    from aebench.training.runs import OtherCode

    return OtherCode(retrain, accept_code)


def _suggest(dataset: str, write: bool) -> None:
    from aebench.pipeline.suggest import suggest

    print(suggest(dataset, write))


def _benchmark() -> None:
    from aebench.pipeline.benchmark import benchmark

    sys.exit(1 if benchmark() else 0)


def _repro(datasets: list[str]) -> None:
    from aebench.config.params import config_for, load_params
    from aebench.pipeline.plain_repro import repro

    params = load_params()
    names = list(dict.fromkeys(datasets or params.datasets))
    for name in names:
        config_for(params, name)
    sys.exit(repro(names))


def _readme() -> None:
    from aebench.reporting.overview import write_readme

    write_readme()


def _track(committed: bool) -> None:
    from aebench.core.progress import note
    from aebench.tracking.committed import track_committed
    from aebench.tracking.track import track

    if committed:
        added, tables = track_committed()
        note(f"{tables} studies and sweeps of reports/ in MLflow, {added} of them added now")
        return
    completed, runs = track()
    note(f"{runs} runs of the pipeline in MLflow, {completed} of them completed now")


def _uri() -> None:
    from aebench.tracking.server import tracking_uri

    print(hide_passwords(tracking_uri()))


def _dataset(given: str | None) -> str:
    from aebench.config.params import given_or_first

    return given_or_first(given)


def _study(
    name: str,
    dataset: str | None,
    workers: int,
    scheduler: str | None,
    dry_run: bool,
    retrain: bool,
    accept_code: str | None,
) -> None:
    from aebench.studies.config import load_study

    dataset = _dataset(dataset)
    # Mistakes in the file are told before PyTorch is imported, which takes seconds.
    load_study(name, dataset)
    from aebench.experiments.workers import Workers
    from aebench.studies.runner import StudyRunner

    other_code = _other_code(retrain, accept_code)
    runner = StudyRunner(name, dataset, Workers(workers, scheduler), other_code)
    if dry_run:
        from aebench.studies.plan import plan

        print(plan(runner))
    elif failed := runner.run():
        from aebench.core.progress import counted

        what = counted(failed, "cell")
        print(f"aebench: {what} failed; the same command tries again", file=sys.stderr)
        sys.exit(1)


def _sweep(
    model: str,
    dataset: str | None,
    workers: int,
    scheduler: str | None,
    trials: int | None,
    storage: str | None,
    dry_run: bool,
    apply: bool,
    compare: bool,
    import_: bool,
    retrain: bool,
    accept_code: str | None,
) -> None:
    from aebench.sweeps.config import load_sweep

    if (storage or "").startswith("postgresql+psycopg:"):
        require("postgresql")
    dataset = _dataset(dataset)
    # As above.
    load_sweep(model, dataset)
    if import_:
        _import_sweep(model, dataset, storage)
        return
    from aebench.experiments.workers import Workers
    from aebench.sweeps.sweep import SweepRunner

    other_code = _other_code(retrain, accept_code)
    runner = SweepRunner(model, dataset, Workers(workers, scheduler), trials, storage, other_code)
    if dry_run:
        print(runner.plan())
    elif apply:
        runner.apply()
    elif compare:
        from aebench.sweeps.comparison import compare as compare_samplers

        print(compare_samplers(runner))
    elif failed := runner.run():
        from aebench.core.progress import counted

        print(f"aebench: {counted(failed, 'training')} failed", file=sys.stderr)
        sys.exit(1)


def _import_sweep(model: str, dataset: str, storage: str | None) -> None:
    from aebench.core.progress import note
    from aebench.sweeps.imported import import_trials
    from aebench.sweeps.storage import default_storage

    name = import_trials(model, dataset, storage or default_storage())
    note(f"'{name}' is in Optuna's storage; `make optuna-dashboard` shows it")


def _new(kind: str, name: str, dataset: str | None) -> None:
    import shlex

    from aebench.config.new_experiment import new_experiment
    from aebench.core.progress import note

    dataset = _dataset(dataset)
    path = new_experiment(kind, name, dataset)
    command = f"aebench {kind} {shlex.quote(name)} --dataset {dataset} --dry-run"
    note(f"{path}: written, and runs as it is: {command}")


def _storage() -> None:
    from aebench.sweeps.storage import stored

    print(stored())


def _code() -> None:
    from aebench.pipeline.code import code

    code()


def _test_plugin(plugin: str) -> None:
    from aebench.contract.run import test_plugin

    results = []
    for result in test_plugin(plugin):
        print(one_line(str(result)), flush=True)
        results.append(result)
    faults = sum(bool(result.fault) for result in results)
    if faults:
        raise InputError(f"{plugin}: {faults} of {len(results)} checks found a fault")
    print(f"{plugin}: all {len(results)} checks passed")


def _claims(dataset: str, judge: bool) -> None:
    dataset = _dataset(dataset)
    from aebench.studies.claims_page import write_claims

    if judge:
        from aebench.studies.judge import judge_all

        judge_all(dataset)
    write_claims(dataset)


OTHER_CODE = Exclusive(
    Flag(
        "--retrain",
        help="make results again whose code has changed since; without it they are an error",
    ),
    Option(
        "--accept-code",
        type=reason,
        metavar="REASON",
        help="keep such results as they are: they count as made by today's code, and remember why",
    ),
)
# Options of commands that train many runs.
MANY_RUNS = (
    Option("--dataset", help="a name under `sets` (default: the first of `datasets`)"),
    Option(
        "--workers",
        type=count,
        default=1,
        metavar="N",
        help="processes that share the cores (default 1); with several, Dask's local cluster",
    ),
    Option(
        "--scheduler",
        metavar="tcp://HOST:PORT",
        help="a running Dask cluster instead, whose workers were started in this folder",
    ),
    Flag("--dry-run", help="list the runs and an estimate, train nothing"),
    OTHER_CODE,
)


def _stage(name: str, text: str, trains: bool = False) -> Command:
    """The command of a stage; results of those that train remember the code they come from."""

    def run(dataset: str, retrain: bool = False, accept_code: str | None = None) -> None:
        _run_stage(name, dataset, *([_other_code(retrain, accept_code)] if trains else []))

    dataset = Option("dataset", help="a name under `sets` in params.yaml, e.g. mnist-5k")
    options = (dataset, OTHER_CODE) if trains else (dataset,)
    return Command(
        name, text, f"Stage {name}: {text}.", run, options, f"{name} mnist-5k", "pipeline", trains
    )


STAGES = (
    _stage("prepare", "read the raw images, split them, describe them"),
    _stage("pretrain", "pretrain the stacked autoencoder greedily, layer by layer", trains=True),
    _stage("finetune", "train it end to end, and the same net from scratch beside it", trains=True),
    _stage("vae", "train the variational autoencoder", trains=True),
    _stage("evaluate", "measure the trained models and draw what they do", trains=True),
    _stage("report", "write report.md and report.html"),
)
PROJECT_COMMANDS = (
    Command(
        "check",
        "validate the whole of params.yaml",
        "Validate the whole of params.yaml.\n"
        "Of `datasets` that are your own, refuse images that prepare would refuse; in own/, names\n"
        "and files at which DVC would stop.",
        _check,
        (Flag("--store", help="verify the checksums of all results in the run store, too"),),
    ),
    Command(
        "suggest",
        "show the recipes that suit a data set's images, as settings of params.yaml",
        "Show what `recipes: auto` chooses for the images of a prepared data set, and why, as an\n"
        "entry of `sets`: with --write params.yaml has it, and it can be changed there.",
        _suggest,
        (
            Option("dataset", help="a name under `sets` in params.yaml"),
            Flag("--write", help="write it into params.yaml, under the overrides that are there"),
        ),
        "suggest flowers --write",
        extra="pipeline",
    ),
    Command(
        "code",
        "write code.json, by which `dvc repro` notices changes of the code",
        "Write code.json, by which `dvc repro` notices changes of the code.",
        _code,
    ),
    Command(
        "benchmark",
        "run the pipeline on mnist-5k, full MNIST and Fashion-MNIST (hours on a CPU)",
        "Run the pipeline on mnist-5k, full MNIST and Fashion-MNIST: hours on a CPU; `datasets`\n"
        "in params.yaml stays as it is. Needs a clone: DVC works in git only.",
        _benchmark,
        extra="pipeline",
        resumes=True,
    ),
    Command(
        "repro",
        "run the pipeline without DVC and git, which not every machine has",
        "Run the stages of dvc.yaml one after another, without DVC and git. No stage is skipped,\n"
        "but trainings that are done are not done again. In a clone `dvc repro` does less.",
        _repro,
        (
            Option(
                "datasets",
                nargs="*",
                metavar="DATASET",
                help="names under `sets` (default: `datasets` of params.yaml)",
            ),
        ),
        "repro mnist-5k",
        extra="pipeline",
        resumes=True,
    ),
    Command(
        "readme",
        "write the table of all results into README.md",
        "Write the table of all results into README.md.",
        _readme,
        extra="pipeline",
    ),
    Command(
        "track",
        "complete in MLflow what is missing of the finished runs",
        "Complete in MLflow what is missing of the finished runs.",
        _track,
        (
            Flag(
                "--committed",
                help="put the tables of studies and sweeps in reports/ there, such as those of a "
                "fresh clone",
            ),
        ),
        extra="pipeline",
    ),
    Command(
        "sweep-storage",
        "print the address of Optuna's storage, where none is given",
        "Print the address of Optuna's storage, where none is given; an error while it is empty.",
        _storage,
        extra="sweeps",
    ),
    Command(
        "tracking-uri",
        "print the address of the MLflow store that is used",
        "Print the address of the MLflow store that is used.",
        _uri,
    ),
    Command(
        "study",
        "run a study: a grid of variants over seeds, and the claims that it tests",
        "Run studies/NAME.yaml: every cell of its grid, then runs.csv, claims.json and pictures\n"
        "in reports/DATASET/studies/NAME. Whatever interrupts it, the same command goes on where\n"
        "it stood.",
        _study,
        (
            Option(
                "name",
                help="a file of studies/, without .yaml, such as optimizers or generation",
            ),
            *MANY_RUNS,
        ),
        "study pretraining --workers 2 --dry-run",
        "studies",
        resumes=True,
    ),
    Command(
        "new",
        "write a commented study or sweep to start from",
        "Write studies/NAME.yaml or sweeps/NAME.yaml: a small one that runs as it is, and says\n"
        "what else it may say.",
        _new,
        (
            Option("kind", choices=("study", "sweep"), help="study or sweep"),
            Option("name", help="of the file, without .yaml"),
            Option("--dataset", help="a name under `sets` (default: the first of `datasets`)"),
        ),
        "new study decay",
        "pipeline",
    ),
    Command(
        "claims",
        "gather the verdicts of all studies of a data set in claims.md",
        "Write reports/DATASET/claims.md and claims.json from the results of studies in\n"
        "reports/DATASET/studies, with p-values corrected for being many.",
        _claims,
        (
            Option("dataset", help="a name under `sets` in params.yaml"),
            Flag(
                "--judge",
                help="judge the stored tables anew first, by the claims that the files have now",
            ),
        ),
        "claims mnist-5k",
        "studies",
    ),
    Command(
        "sweep",
        "search the hyperparameters of a model with Optuna",
        "Run sweeps/MODEL.yaml: its trials, then the best of them again with fresh seeds beside\n"
        "the defaults; tables and pictures in reports/DATASET/sweep/MODEL. Whatever interrupts\n"
        "it, the same command goes on where it stood.",
        _sweep,
        (
            Option("model", help="a file of sweeps/, without .yaml: autoencoder or vae"),
            *MANY_RUNS,
            Option(
                "--trials",
                type=count,
                metavar="N",
                help="their number, instead of that in the file",
            ),
            Option(
                "--storage",
                metavar="URL",
                help="of Optuna: sqlite:///FILE (default: sweeps.sqlite in the run store), "
                "journal:FILE or a database such as postgresql+psycopg://USER@HOST/NAME",
            ),
            Flag(
                "--apply",
                help="write the winner into params.yaml; the sweep is done first if it has none",
            ),
            Option(
                "--import",
                action="store_true",
                dest="import_",
                help="put the committed trials.csv into Optuna's storage, for the dashboard; "
                "trains nothing",
            ),
            Flag(
                "--compare",
                help="do the sweep with 3 seeds, by random search with the same, and once without "
                "pruning",
            ),
        ),
        "sweep vae --workers 2 --apply",
        "sweeps",
        resumes=True,
    ),
    Command(
        "test-plugin",
        "check a plug-in: does it keep the contract of what it adds?",
        "Load a plug-in and check each thing that it adds, a line a check: shapes, gradients, the\n"
        "same bytes for the same seed, independence of the rest of the batch, and more, by its\n"
        "kind. A plug-in is code: it runs with all that you may do.",
        _test_plugin,
        (
            Option(
                "plugin",
                metavar="FILE",
                help="a file that ends in .py, or the name of an installed one",
            ),
        ),
        "test-plugin examples/mixer.py",
        "pipeline",
    ),
)
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
