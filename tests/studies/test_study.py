"""Studies as people run them: the command, in processes that are killed."""

import csv
import errno
import json
import os
import signal
import subprocess
from pathlib import Path

import pytest

from aebench.cli import main
from aebench.commands.named.locate import locate
from aebench.core.errors import InputError
from aebench.core.sealed import read_sealed
from aebench.experiments import run_cell
from aebench.experiments.workers import Workers
from aebench.studies import tune
from aebench.studies.config import load_study
from aebench.studies.runner import StudyRunner
from aebench.training.runs import Run, RunStore

RESULTS = Path("reports", "tiny", "studies", "small")
LONG = {"recipe": {"training.epochs": 60}, "seeds": [0, 1]}


def results(project: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (project / RESULTS).iterdir()}


def rows(project: Path) -> list[dict[str, str]]:
    with (project / RESULTS / "runs.csv").open() as file:
        return list(csv.DictReader(file))


def forget(project: Path) -> None:
    subprocess.run(["rm", "-r", str(project / "runs")], check=True)


@pytest.mark.slow
def test_two_workers_of_which_one_is_killed_give_the_results_of_one_process(
    project, study, aebench, wait_for
) -> None:
    study(**LONG)
    aebench("study", "small").finish()
    one = results(project)
    pages, pictures = ["index.html", "index.md"], ["comparison.png", "curves.png"]
    assert sorted(one) == sorted([*pages, *pictures, "claims.json", "runs.csv", "study.json"])
    table = rows(project)
    assert len(table) == 8
    assert all(row["status"] == "ok" and row["updates"] == "240" for row in table)
    forget(project)
    process = aebench("study", "small", "--workers", "2", AEBENCH_CHECKPOINT_SECONDS="0")
    wait_for(lambda: list((project / "runs").glob("*/checkpoint.ckpt")), "a checkpoint")
    os.kill(process.workers[-1], signal.SIGKILL)
    process.finish()
    assert results(project) == one


@pytest.mark.slow
def test_a_killed_driver_loses_nothing(project, study, aebench, wait_for) -> None:
    study(**LONG)
    process = aebench("study", "small", "--workers", "2", AEBENCH_CHECKPOINT_SECONDS="0")
    wait_for(lambda: list((project / "runs").glob("*/run.json")), "a finished run")
    process.kill()
    done = {path: path.stat().st_mtime_ns for path in (project / "runs").glob("*/run.json")}
    aebench("study", "small").finish()
    assert all(path.stat().st_mtime_ns == then for path, then in done.items())
    assert len(rows(project)) == 8


def test_a_diverging_training_is_a_result(project, study, capsys) -> None:
    explosive = {"training.optimizer": {"name": "sgd", "lr": 1e30}}
    study(axes={"rate": {"high": explosive, "low": {}}}, claims=[], seeds=[0, 1])
    assert StudyRunner("small", "tiny").run() == 0
    table = rows(project)
    assert [row["status"] for row in table] == ["diverged", "diverged", "ok", "ok"]
    assert [bool(row["test_sse_per_image"]) for row in table] == [False, False, True, True]
    # What led there is kept, and the training is not begun again.
    assert all(row["run"] and row["updates"] for row in table)
    folder = project / "runs" / table[0]["run"]
    assert {"diverged.json", "history.csv", "cost.json"} <= {p.name for p in folder.iterdir()}
    assert not list(folder.glob("checkpoint*"))
    written = (folder / "history.csv").stat().st_mtime_ns
    assert StudyRunner("small", "tiny").run() == 0
    assert (folder / "history.csv").stat().st_mtime_ns == written
    assert "rate high, seed 1: diverged" in capsys.readouterr().err
    # MLflow's parent run says so, and has the others all the same.
    _, parent, nested = in_mlflow()
    assert parent.info.status == "FINISHED"
    assert [name for name in parent.data.tags if name.startswith("diverged")] == [
        "diverged.rate high  seed 0",
        "diverged.rate high  seed 1",
    ]
    assert len(nested) == 2


LAYERS_FIRST = {"method": "greedy", "share": 0.5, "optimizer": {"name": "adamw", "lr": 1e-2}}


@pytest.mark.parametrize(("loss", "pretrain"), [("bce", None), ("sse", LAYERS_FIRST)])
def test_a_loss_that_rises_without_bound_has_diverged(loss, pretrain, project, study) -> None:
    """Saturated units may keep the error where the first epoch has brought it."""
    wild = {"training.optimizer": {"name": "sgd", "lr": 100.0, "momentum": 0.9}}
    recipe = {"objective.loss": loss, "pretrain": pretrain}
    study(axes={"rate": {"wild": wild}}, claims=[], seeds=[0], recipe=recipe)
    assert StudyRunner("small", "tiny").run() == 0
    assert [row["status"] for row in rows(project)] == ["diverged"]


def test_a_failing_cell_is_said_and_does_not_stop_the_others(
    project, study, monkeypatch, capsys
) -> None:
    study(seeds=[0, 1], claims=[])
    train = run_cell.train_run

    def sometimes(spec, *arguments, **options):
        if spec.seed == 1 and spec.training.optimizer.lr == 1e-3:
            raise MemoryError("no room")
        return train(spec, *arguments, **options)

    monkeypatch.setattr(run_cell, "train_run", sometimes)
    assert StudyRunner("small", "tiny").run() == 2
    assert [row["status"] for row in rows(project)].count("out of memory") == 2
    said = capsys.readouterr().err
    assert "out of memory: MemoryError: no room" in said
    assert "MLflow" not in said
    monkeypatch.setattr(run_cell, "train_run", train)
    assert StudyRunner("small", "tiny").run() == 0
    assert {row["status"] for row in rows(project)} == {"ok"}


def test_a_full_disk_stops_the_study_in_one_line(project, study, monkeypatch, capsys) -> None:
    """The cells that are left would fail as well, with a line each."""
    study(seeds=[0, 1], claims=[])
    trained = []

    def full(spec, *_, **__):
        trained.append(spec)
        raise OSError(errno.ENOSPC, "", "runs/weights")

    monkeypatch.setattr(run_cell, "train_run", full)
    monkeypatch.setattr("sys.argv", ["aebench", "study", "small"])
    assert main() == 1
    assert len(trained) == 1
    (line,) = [line for line in capsys.readouterr().err.splitlines() if "aebench: " in line]
    assert line == (
        "aebench: runs/weights: No space left on device; finished runs and the last checkpoint are "
        "kept; with more room, the same command goes on where it stood"
    )
    assert not (project / RESULTS).exists()


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_workers_too_in_one_line(number, project, study, aebench, wait_for) -> None:
    study(**LONG)
    process = aebench("study", "small", "--workers", "2", AEBENCH_CHECKPOINT_SECONDS="0")
    wait_for(lambda: list((project / "runs").glob("*/checkpoint.ckpt")), "a training")
    workers = process.workers
    # A terminal sends Ctrl-C to all of them.
    (os.killpg if number == signal.SIGINT else os.kill)(process.pid, number)
    _, errors = process.finish(code=128 + number)
    *bars, line = [line for line in errors.splitlines() if line]
    assert all(bar.startswith("small: ") for bar in bars), errors
    assert line.startswith("aebench: ") and "the same command goes on" in line
    assert not any(Path(f"/proc/{worker}").exists() for worker in workers)


MODULE = "aebench.models.stacked"
OTHER = "0123456789abcdef"


@pytest.mark.parametrize("option", [["--retrain"], ["--accept-code", "a name only"]])
def test_results_of_other_code_are_an_error_until_somebody_decides(
    option: list[str], project, study, monkeypatch, capsys, of_other_code
) -> None:
    def command(*arguments: str) -> tuple[int, str]:
        monkeypatch.setattr("sys.argv", ["aebench", "study", "small", *arguments])
        capsys.readouterr()
        return main(), capsys.readouterr().err

    study(seeds=[0], axes={"rate": {"high": {}}}, claims=[])
    assert StudyRunner("small", "tiny").run() == 0
    first, written = rows(project), results(project)
    (row,) = first
    path = project / "runs" / row["run"] / "run.json"
    whole = read_sealed(path)
    of_other_code(path, MODULE)
    trained = path.with_name("history.csv").stat().st_mtime_ns
    code, said = command()
    assert code == 2 and said.count("\n") == 1
    assert f"the code of {MODULE} has changed since 1 results were made ({row['run']})" in said
    assert "--retrain" in said and "--accept-code REASON" in said
    assert path.with_name("history.csv").stat().st_mtime_ns == trained

    code, said = command(*option)
    assert code == 0, said
    record = read_sealed(path)
    again = path.with_name("history.csv").stat().st_mtime_ns != trained
    assert again == (option == ["--retrain"])
    accepted = [{"reason": "a name only", "code": {MODULE: OTHER}}]
    assert record == (whole if again else whole | {"accepted": accepted})
    assert command()[0] == 0
    assert rows(project) == first and results(project) == written


def test_tuning_chooses_on_validation_for_the_cells_that_follow(project, study, prepared) -> None:
    knob = {"low": 1e-4, "high": 1e-1, "lowest": 1e-4, "highest": 1e-1}
    space = {level: {"training.optimizer.lr": knob} for level in ("none", "greedy")}
    tuning = {"axis": "pretraining", "trials": 3, "seeds": [7], "space": space}
    study(tune=tuning, claims=[], seeds=[0], leave_out=[{"rate": "low"}])
    assert StudyRunner("small", "tiny").run() == 0
    with (project / RESULTS / "tuning.csv").open() as file:
        trials = list(csv.DictReader(file))
    assert len(trials) == 6
    for level in ("none", "greedy"):
        own = [row for row in trials if row["pretraining"] == level]
        best = min(own, key=lambda row: float(row["validation_error"]))
        assert [row["chosen"] for row in own].count("yes") == 1 and best["chosen"] == "yes"
        (cell,) = (row for row in rows(project) if row["pretraining"] == level)
        spec = json.loads((project / "runs" / cell["run"] / "run.json").read_text())["spec"]
        assert best["settings"] == f"training.optimizer.lr={spec['training']['optimizer']['lr']}"
        trial = tune.trials(load_study("small", "tiny"))[0].cells[0]
        run = Run(RunStore().folder(trial.specs(prepared)[-1].id))
        # No test image was there to be looked at.
        assert run.metrics.keys() == {"train", "validation"}
        assert locate(f"study:small/{level}/0").source == Run(RunStore().folder(cell["run"]))


def test_mlflow_shows_one_parent_and_the_cells_nested_in_it(project, study) -> None:
    study(seeds=[0])
    for _ in range(2):
        assert StudyRunner("small", "tiny").run() == 0
    _, parent, nested = in_mlflow()
    assert parent.info.run_name == "study: small" and parent.info.status == "FINISHED"
    assert {run.data.tags["mlflow.parentRunId"] for run in nested} == {parent.info.run_id}
    assert {run.info.run_name for run in nested} == {
        f"pretraining {p}, rate {r}, seed 0" for p in ("none", "greedy") for r in ("low", "high")
    }
    assert all(run.info.status == "FINISHED" for run in nested)
    by_id = {row["run"]: row for row in rows(project)}
    for run in nested:
        row = by_id[run.data.tags["aebench.cell"].partition("/")[2]]
        assert run.data.metrics["test.sse_per_image"] == pytest.approx(
            float(row["test_sse_per_image"])
        )


def test_gradients_are_told_as_they_were_at_the_start(project, study) -> None:
    recipe = {"training.diagnostics": {"every": 1}, "model.unit": "relu"}
    axes = {"init": {"small": {}, "large": {"model.init": {"name": "he", "gain": 3.0}}}}
    study(recipe=recipe, claims=[], axes=axes, seeds=[0])
    assert StudyRunner("small", "tiny").run() == 0
    small, large = rows(project)
    assert float(large["gradient_first"]) > float(small["gradient_first"]) + 0.5
    with (project / "runs" / large["run"] / "diagnostics.csv").open() as file:
        norms = [
            float(row["gradient_norm"]) for row in csv.DictReader(file) if row["update"] == "1"
        ]
    assert 10 ** float(large["gradient_first"]) == pytest.approx(norms[0])
    assert 10 ** float(large["gradient_ratio"]) == pytest.approx(norms[0] / norms[-1])


def in_mlflow():
    """The client, the study's run, and those that are nested in it."""
    import mlflow

    client = mlflow.MlflowClient(os.environ["MLFLOW_TRACKING_URI"])
    found = client.search_runs([client.get_experiment_by_name("tiny").experiment_id])
    (parent,) = (run for run in found if "mlflow.parentRunId" not in run.data.tags)
    return client, parent, [run for run in found if run is not parent]


def test_workers_with_several_threads_train_one_at_a_time(project, study) -> None:
    """As `dask worker` starts them; torch has one random number generator for all threads."""
    from distributed import LocalCluster

    dropout = {"model.dropout": 0.3}
    study(recipe=dropout, claims=[], axes={"rate": {"low": {}, "high": {"training.epochs": 9}}})
    with LocalCluster(
        n_workers=1, threads_per_worker=4, processes=False, dashboard_address=None
    ) as cluster:
        assert StudyRunner("small", "tiny", Workers(scheduler=cluster.scheduler_address)).run() == 0
    threads = results(project)
    forget(project)
    assert StudyRunner("small", "tiny").run() == 0
    assert results(project) == threads


def test_a_dry_run_trains_nothing_and_says_what_is_there(project, study, capsys) -> None:
    from aebench.studies.plan import plan

    study(seeds=[0])
    text = plan(StudyRunner("small", "tiny"))
    assert "4 runs, 4 of them missing: about 0 h" in text
    assert not list((project / "runs").glob("*/run.json"))
    StudyRunner("small", "tiny").run()
    assert "4 runs, 0 of them missing: about 0 h 00 min" in plan(StudyRunner("small", "tiny"))


VAE = {
    "model": {
        "name": "vae",
        "latent": 2,
        "encoder": {"widths": [8], "unit": "tanh"},
        "decoder": {"widths": [8], "unit": "tanh"},
    },
    "objective": {"name": "elbo", "binarization": "fixed"},
    "measures": [{"name": "likelihood", "samples": 7}],
}


def test_a_dry_run_times_settings_of_one_speed_once(project, study, monkeypatch) -> None:
    from aebench.experiments import estimate
    from aebench.studies.plan import plan

    timed = []
    monkeypatch.setattr(
        estimate, "seconds_per_epoch", lambda cell, _: timed.append(cell.label) or 60.0
    )
    study(
        axes={
            "rate": {"low": {"training.optimizer.lr": 1e-3}, "high": {}},
            "units": {"silu": {}, "relu": {"model.unit": "relu"}},
        },
        claims=[],
    )
    assert "20 runs, 20 of them missing" in plan(StudyRunner("small", "tiny"))
    assert len(timed) == 2


def test_what_a_recipe_measures_is_in_the_table_and_measured_once(project, study) -> None:
    claim = {
        "claim": "Long steps are better.",
        "metric": "nll",
        "a": {"step": "long"},
        "b": {"step": "short"},
    }
    axes = {"step": {"short": {"training.optimizer.lr": 1e-3}, "long": {}}}
    study(recipe=VAE, metric="nll", targets=[], claims=[claim], axes=axes, seeds=[0, 1])
    assert StudyRunner("small", "tiny").run() == 0
    table = rows(project)
    for row in table:
        # One draw an image against seven: a tenth of a nat is the noise of both.
        assert float(row["nll"]) <= -float(row["elbo"]) + 0.1
        assert row["step"] in ("short", "long")
        assert float(row["rate"]) + float(row["distortion"]) == pytest.approx(-float(row["elbo"]))
        assert (row["nll_samples"], row["epochs"]) == ("7", "8")
    kept = {path: path.stat().st_mtime_ns for path in (project / "runs/measured").iterdir()}
    assert len(kept) == 4
    (project / RESULTS / "runs.csv").unlink()
    assert StudyRunner("small", "tiny").run() == 0
    assert rows(project) == table
    assert {path: path.stat().st_mtime_ns for path in kept} == kept


def test_an_axis_must_not_be_called_like_a_measured_column(project, study) -> None:
    study(recipe=VAE, metric="nll", targets=[], claims=[], axes={"rate": {"low": {}}})
    with pytest.raises(InputError, match="axes: 'rate' is a column of what is measured"):
        StudyRunner("small", "tiny")


LIKELY = [
    {"name": "likelihood", "samples": 2},
    {"name": "anomaly", "score": "likelihood", "against": "tiny"},
]


@pytest.mark.parametrize("measure", LIKELY, ids=lambda measure: measure["name"])
@pytest.mark.parametrize(
    ("objective", "said"),
    [
        ({"name": "elbo", "binarization": "none"}, "bernoulli gives grey values none"),
        ({"name": "reconstruction", "loss": "bce"}, "reconstruction maximizes no likelihood"),
    ],
)
def test_what_is_measured_by_its_likelihood_must_have_one(
    measure: dict, objective: dict, said: str, project, study
) -> None:
    recipe = VAE | {"objective": objective, "measures": [measure]}
    metric = "nll" if measure["name"] == "likelihood" else "auroc"
    study(recipe=recipe, metric=metric, targets=[], claims=[], axes={"step": {"short": {}}})
    with pytest.raises(InputError, match=f"measures: {measure['name']}: .*{said}"):
        StudyRunner("small", "tiny")
