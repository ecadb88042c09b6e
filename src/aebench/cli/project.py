"""What the commands of a project do: its stages, studies and sweeps, its settings and its plug-ins.

Each imports what it needs, so that a command starts without the libraries of the others.
"""

import importlib
import sys
from typing import TYPE_CHECKING

from aebench.core.errors import InputError, one_line
from aebench.core.extras import require
from aebench.core.urls import hide_passwords

if TYPE_CHECKING:
    from aebench.training.runs import OtherCode


def check(store: bool) -> None:
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


def run_stage(name: str, dataset: str, *other_code: "OtherCode") -> None:
    from aebench.config.params import config_for, load_params

    # The whole file is checked before a stage begins, so that a typo costs no training.
    config_for(load_params(), dataset)
    getattr(importlib.import_module(f"aebench.pipeline.{name}"), name)(dataset, *other_code)


def decided(retrain: bool, accept_code: str | None) -> "OtherCode":
    from aebench.training.runs import OtherCode

    return OtherCode(retrain, accept_code)


def suggest(dataset: str, write: bool) -> None:
    from aebench.pipeline.suggest import suggest

    print(suggest(dataset, write))


def benchmark() -> None:
    from aebench.pipeline.benchmark import benchmark

    sys.exit(1 if benchmark() else 0)


def repro(datasets: list[str]) -> None:
    from aebench.config.params import config_for, load_params
    from aebench.pipeline.plain_repro import repro

    params = load_params()
    names = list(dict.fromkeys(datasets or params.datasets))
    for name in names:
        config_for(params, name)
    sys.exit(repro(names))


def readme() -> None:
    from aebench.reporting.overview import write_readme

    write_readme()


def track(committed: bool) -> None:
    from aebench.core.progress import note
    from aebench.tracking.committed import track_committed
    from aebench.tracking.track import track

    if committed:
        added, tables = track_committed()
        note(f"{tables} studies and sweeps of reports/ in MLflow, {added} of them added now")
        return
    completed, runs = track()
    note(f"{runs} runs of the pipeline in MLflow, {completed} of them completed now")


def uri() -> None:
    from aebench.tracking.server import tracking_uri

    print(hide_passwords(tracking_uri()))


def _dataset(given: str | None) -> str:
    from aebench.config.params import given_or_first

    return given_or_first(given)


def study(
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

    other_code = decided(retrain, accept_code)
    runner = StudyRunner(name, dataset, Workers(workers, scheduler), other_code)
    if dry_run:
        from aebench.studies.plan import plan

        print(plan(runner))
    elif failed := runner.run():
        from aebench.core.progress import counted

        what = counted(failed, "cell")
        print(f"aebench: {what} failed; the same command tries again", file=sys.stderr)
        sys.exit(1)


def sweep(
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

    other_code = decided(retrain, accept_code)
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


def new(kind: str, name: str, dataset: str | None) -> None:
    import shlex

    from aebench.config.new_experiment import new_experiment
    from aebench.core.progress import note

    dataset = _dataset(dataset)
    path = new_experiment(kind, name, dataset)
    command = f"aebench {kind} {shlex.quote(name)} --dataset {dataset} --dry-run"
    note(f"{path}: written, and runs as it is: {command}")


def storage() -> None:
    from aebench.sweeps.storage import stored

    print(stored())


def code() -> None:
    from aebench.pipeline.code import code

    code()


def test_plugin(plugin: str) -> None:
    from aebench.contract.run import test_plugin

    results = []
    for result in test_plugin(plugin):
        print(one_line(str(result)), flush=True)
        results.append(result)
    faults = sum(bool(result.fault) for result in results)
    if faults:
        raise InputError(f"{plugin}: {faults} of {len(results)} checks found a fault")
    print(f"{plugin}: all {len(results)} checks passed")


def claims(dataset: str, judge: bool) -> None:
    dataset = _dataset(dataset)
    from aebench.studies.claims_page import write_claims

    if judge:
        from aebench.studies.judge import judge_all

        judge_all(dataset)
    write_claims(dataset)
