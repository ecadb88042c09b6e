"""What all stages share: the config and data of their data set, and runs as their result."""

import shutil
from dataclasses import dataclass, field

from aebench import paths
from aebench.data.prepared import Prepared
from aebench.errors import InputError
from aebench.files import write_json
from aebench.objectives.config import ObjectiveConfig
from aebench.params import Config, Training, config_for, load_params
from aebench.tracking.live import LiveTracker
from aebench.training.device import resolve_precision
from aebench.training.fit import train
from aebench.training.runs import Run, RunSpec, RunStore


@dataclass
class Job:
    """A stage at work on a data set: trains runs and puts copies of them where DVC looks."""

    dataset: str
    stage: str
    config: Config
    prepared: Prepared
    runs: dict[str, Run] = field(default_factory=dict)

    @classmethod
    def open(cls, dataset: str, stage: str) -> "Job":
        config = config_for(load_params(), dataset)
        return cls(dataset, stage, config, Prepared.load(paths.prepared(dataset)))

    def train(
        self,
        label: str,
        model: dict,
        objective: ObjectiveConfig,
        training: Training,
        seed: int,
        start: Run | None = None,
    ) -> Run:
        """The run of this model, objective, training and seed; `label` names it for people."""
        spec = RunSpec(
            model=model,
            objective={"name": objective.name, **objective.differing()},
            training=training.differing(),
            precision=resolve_precision(self.config.precision),
            data=self.prepared.checksum,
            seed=seed,
            start=start.id if start else None,
        )
        with LiveTracker(self.dataset) as tracker:
            run = train(spec, self.prepared, label, RunStore(), start, tracker)
        self.runs[label] = run
        return run

    def finish(self) -> None:
        """Copy the runs to the stage's folder, and what they cost to the report's timings."""
        folder = paths.stage_runs(self.dataset, self.stage)
        shutil.rmtree(folder, ignore_errors=True)
        for label, run in self.runs.items():
            run.copy_to(folder / label)
        timings = {label: run.cost for label, run in self.runs.items()}
        write_json(paths.report(self.dataset) / "timings" / f"{self.stage}.json", timings)


def best_of(runs: list[Run]) -> Run:
    """The run with the lowest validation loss."""
    return min(runs, key=lambda run: run.validation_loss)


def stage_run(dataset: str, stage: str, label: str) -> Run:
    """A run that an earlier stage left; raises InputError where there is none."""
    folder = paths.stage_runs(dataset, stage) / label
    if not folder.exists():
        raise InputError(f"{folder}: not there; `aebench {stage} {dataset}` trains it")
    return Run(folder)
