"""The command line: a sub-command for each stage, and for each thing a person does besides."""

import argparse
import sys
from collections.abc import Callable

from aebench.commands.arguments import positive, reason
from aebench.commands.parser import add_commands
from aebench.core.errors import InputError


def _check(_: argparse.Namespace) -> None:
    from aebench.config.params import load_params

    params = load_params()
    print(f"params.yaml is fine; data sets: {', '.join(params.datasets)}")


def _stage(name: str) -> Callable[[argparse.Namespace], None]:
    def run(arguments: argparse.Namespace) -> None:
        import importlib

        from aebench.config.params import config_for, load_params

        # The whole file is checked before a stage begins, so that a typo costs no training.
        config_for(load_params(), arguments.dataset)
        stage = getattr(importlib.import_module(f"aebench.pipeline.{name}"), name)
        if name in TRAINING:
            stage(arguments.dataset, _other_code(arguments))
        else:
            stage(arguments.dataset)

    return run


def _other_code(arguments: argparse.Namespace):
    from aebench.training.runs import OtherCode

    return OtherCode(arguments.retrain, arguments.accept_code)


def _benchmark(_: argparse.Namespace) -> None:
    from aebench.pipeline.benchmark import benchmark

    sys.exit(1 if benchmark() else 0)


def _readme(_: argparse.Namespace) -> None:
    from aebench.reporting.overview import write_readme

    write_readme()


def _track(_: argparse.Namespace) -> None:
    from aebench.tracking.track import track

    completed, runs = track()
    print(f"{runs} runs in MLflow, {completed} of them completed now")


def _uri(_: argparse.Namespace) -> None:
    from aebench.tracking.server import tracking_uri

    print(tracking_uri())


def _study(arguments: argparse.Namespace) -> None:
    from aebench.config.params import config_for, load_params
    from aebench.studies.plan import plan
    from aebench.studies.runner import StudyRunner

    params = load_params()
    dataset = arguments.dataset or params.datasets[0]
    config_for(params, dataset)
    work = StudyRunner(
        arguments.name,
        dataset,
        arguments.workers,
        arguments.scheduler,
        _other_code(arguments),
    )
    if arguments.dry_run:
        print(plan(work))
    elif failed := work.run():
        print(f"aebench: {failed} cells failed; the same command tries them again", file=sys.stderr)
        sys.exit(1)


def _sweep(arguments: argparse.Namespace) -> None:
    from aebench.config.params import config_for, load_params
    from aebench.sweeps.sweep import SweepRunner

    params = load_params()
    dataset = arguments.dataset or params.datasets[0]
    config_for(params, dataset)
    search = SweepRunner(
        arguments.model,
        dataset,
        arguments.workers,
        arguments.scheduler,
        arguments.trials,
        arguments.storage,
        _other_code(arguments),
    )
    if arguments.dry_run:
        print(search.plan())
    elif arguments.apply:
        search.apply()
    elif arguments.compare:
        from aebench.sweeps.comparison import compare

        print(compare(search))
    elif failed := search.run():
        print(f"aebench: {failed} trainings failed", file=sys.stderr)
        sys.exit(1)


def _storage(_: argparse.Namespace) -> None:
    from aebench.sweeps.storage import default_storage

    print(default_storage())


def _code(_: argparse.Namespace) -> None:
    from aebench.pipeline.code import code

    code()


def _test_plugin(arguments: argparse.Namespace) -> None:
    from aebench.contract.run import test_plugin

    results = []
    for result in test_plugin(arguments.plugin):
        print(result, flush=True)
        results.append(result)
    faults = sum(bool(result.fault) for result in results)
    if faults:
        raise InputError(f"{arguments.plugin}: {faults} of {len(results)} checks found a fault")
    print(f"{arguments.plugin}: all {len(results)} checks passed")


def _claims(arguments: argparse.Namespace) -> None:
    from aebench.studies.claims_page import write_claims

    write_claims(arguments.dataset)


STAGES = {
    "prepare": "read the raw images, split them, describe them",
    "pretrain": "train the stacked autoencoder layer by layer",
    "finetune": "train it end to end, and the same net from scratch beside it",
    "vae": "train the variational autoencoder",
    "evaluate": "measure the trained models and draw what they do",
    "report": "write report.md and report.html",
}
# Those whose results remember the code that they come from.
TRAINING = ("pretrain", "finetune", "vae", "evaluate")
COMMANDS: dict[str, tuple[str, Callable[[argparse.Namespace], None]]] = {
    "check": ("validate the whole of params.yaml", _check),
    "code": ("write code.json, by which `dvc repro` notices changes of the code", _code),
    "benchmark": (
        "run the pipeline on mnist-5k, full MNIST and Fashion-MNIST: hours on a CPU; `datasets` in "
        "params.yaml is another list while it lasts",
        _benchmark,
    ),
    "readme": ("write the table of all results into README.md", _readme),
    "track": ("complete in MLflow what is missing of the finished runs", _track),
    "sweep-storage": ("print the address of Optuna's storage, where none is given", _storage),
    "tracking-uri": ("print the address of the MLflow store that is used", _uri),
}


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(
        prog="aebench",
        description="A reproducible benchmark of autoencoders. `dvc repro` runs all stages in "
        "order; each can be run by itself on a data set that params.yaml names.",
        epilog="Exit codes: 0 done, 2 your input is wrong, 1 anything else.",
    )
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, text in STAGES.items():
        stage = commands.add_parser(name, help=text, description=f"Stage {name}: {text}.")
        stage.add_argument("dataset", help="a name under `sets` in params.yaml, e.g. mnist-5k")
        if name in TRAINING:
            _add_other_code(stage)
        stage.set_defaults(run=_stage(name))
    for name, (text, run) in COMMANDS.items():
        sentence = f"{text[0].upper()}{text[1:]}."
        commands.add_parser(name, help=text, description=sentence).set_defaults(run=run)
    _add_study(commands)
    _add_sweep(commands)
    _add_test_plugin(commands)
    add_commands(commands)
    return top


def _add_study(commands) -> None:
    study = commands.add_parser(
        "study",
        help="run a study: a grid of variants over seeds, and the claims that it tests",
        description="Run studies/NAME.yaml: every cell of its grid, then runs.csv, claims.json and "
        "pictures in reports/DATASET/studies/NAME. Whatever interrupts it, the same command goes "
        "on where it stood.",
        epilog="example: aebench study pretraining --workers 2 --dry-run",
    )
    study.add_argument(
        "name",
        help="a file of studies/, without .yaml, such as optimizers, pretraining or generation",
    )
    _add_where(study)
    study.set_defaults(run=_study)
    claims = commands.add_parser(
        "claims",
        help="gather the verdicts of all studies of a data set in claims.md",
        description="Write reports/DATASET/claims.md from the studies that are there.",
    )
    claims.add_argument("dataset", help="a name under `sets` in params.yaml")
    claims.set_defaults(run=_claims)


def _add_test_plugin(commands) -> None:
    plugin = commands.add_parser(
        "test-plugin",
        help="check a plug-in: does it keep the contract of what it adds?",
        description="Load a plug-in and check each thing that it adds, a line a check: shapes, "
        "gradients, the same bytes for the same seed, independence of the rest of the batch, and "
        "more, by its kind. A plug-in is code: it runs with all that you may do.",
        epilog="example: aebench test-plugin examples/mixer.py",
    )
    plugin.add_argument(
        "plugin", metavar="FILE", help="a file that ends in .py, or the name of an installed one"
    )
    plugin.set_defaults(run=_test_plugin)


def _add_sweep(commands) -> None:
    sweep = commands.add_parser(
        "sweep",
        help="search the hyperparameters of a model with Optuna",
        description="Run sweeps/MODEL.yaml: its trials, then the best of them again with fresh "
        "seeds beside the defaults; tables and pictures in reports/DATASET/sweep/MODEL. Whatever "
        "interrupts it, the same command goes on where it stood.",
        epilog="example: aebench sweep vae --workers 2 --apply",
    )
    sweep.add_argument("model", help="a file of sweeps/, without .yaml: autoencoder or vae")
    _add_where(sweep)
    sweep.add_argument(
        "--trials", type=positive, metavar="N", help="how many, instead of what the file says"
    )
    sweep.add_argument(
        "--storage",
        metavar="URL",
        help="of Optuna: sqlite:///FILE (default: sweeps.sqlite in the run store), journal:FILE "
        "or a database such as postgresql+psycopg://USER@HOST/NAME",
    )
    sweep.add_argument(
        "--apply",
        action="store_true",
        help="write the winner into params.yaml; the sweep is done first if it has none",
    )
    sweep.add_argument(
        "--compare",
        action="store_true",
        help="do the sweep with 3 seeds, by random search with the same, and once without pruning",
    )
    sweep.set_defaults(run=_sweep)


def _add_where(command: argparse.ArgumentParser) -> None:
    """Options of a command that trains many runs."""
    command.add_argument("--dataset", help="a name under `sets` (default: the first of `datasets`)")
    command.add_argument(
        "--workers",
        type=positive,
        default=1,
        metavar="N",
        help="processes that share the cores (default 1); with several, Dask's local cluster",
    )
    command.add_argument(
        "--scheduler",
        metavar="tcp://HOST:PORT",
        help="a running Dask cluster instead, whose workers were started in this folder",
    )
    command.add_argument(
        "--dry-run", action="store_true", help="list the runs and an estimate, train nothing"
    )
    _add_other_code(command)


def _add_other_code(command: argparse.ArgumentParser) -> None:
    """What becomes of results whose code has changed since they were made."""
    group = command.add_mutually_exclusive_group()
    group.add_argument(
        "--retrain",
        action="store_true",
        help="make results again whose code has changed since; without it they are an error",
    )
    group.add_argument(
        "--accept-code",
        type=reason,
        metavar="REASON",
        help="keep such results as they are: they count as made by today's code, and remember why",
    )


def main() -> int:
    arguments = parser().parse_args()
    try:
        arguments.run(arguments)
    except InputError as error:
        print(f"aebench: {error}", file=sys.stderr)
        return 2
    except Exception as error:
        # Where no plug-in is loaded, none is to blame.
        loaded = sys.modules.get("aebench.core.plugins")
        if loaded is None or (line := loaded.blame(error)) is None:
            raise
        print(f"aebench: {line}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
