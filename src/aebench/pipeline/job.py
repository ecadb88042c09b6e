"""What all stages that train share: the data set's config and data, and copies of their runs."""

import math
import shutil
from dataclasses import dataclass, field

from aebench.config.params import Config, config_for, load_params
from aebench.core import code_hashes, paths
from aebench.core.errors import InputError
from aebench.core.files import write_text
from aebench.core.progress import note
from aebench.data.facts import Facts
from aebench.data.prepared import Prepared
from aebench.experiments.cell import Cell
from aebench.experiments.check import metric_names
from aebench.experiments.context import RunContext
from aebench.models.encoder_decoder import EncoderDecoder
from aebench.models.latent import LatentVariableModel
from aebench.pipeline.side_by_side import Task, train_all
from aebench.training.runs import OtherCode, Run, RunSpec, RunStore


@dataclass
class Job:
    """A stage on a data set: trains runs and copies them to the folder that DVC tracks."""

    dataset: str
    stage: str
    config: Config
    prepared: Prepared
    store: RunStore
    runs: dict[str, Run] = field(default_factory=dict)

    @classmethod
    def open(cls, dataset: str, stage: str, other_code: OtherCode | None = None) -> "Job":
        config, prepared = config_and_data(dataset)
        return cls(dataset, stage, config, prepared, RunStore(other_code=other_code))

    def train(self, specs: dict[str, RunSpec], starts: dict[str, Run] | None = None) -> list[Run]:
        """Train `specs`, keyed by label, or find their runs in the store; returns them in order.

        A spec with a `start` begins with the weights of that run: the entry of `starts` with the
        same label, or a run that this stage has trained before.
        """
        self.store.settle(spec.id for spec in specs.values())
        tasks = [Task(label, spec, (starts or {}).get(label)) for label, spec in specs.items()]
        context = RunContext.here(self.dataset, self.prepared, self.store.other_code)
        runs = train_all(tasks, context)
        self.runs |= dict(zip(specs, runs, strict=True))
        return runs

    def finish(self) -> None:
        """Copy the runs to the stage's folder and print what each cost.

        Costs differ each time, so that no file that git or DVC tracks holds them: the run store
        has them in `cost.json`, and MLflow shows them.
        """
        folder = paths.stage_runs(self.dataset, self.stage)
        # Whole before it takes the place of the one before.
        copies = folder.with_name(f".{folder.name}")
        shutil.rmtree(copies, ignore_errors=True)
        try:
            copies.mkdir(parents=True)
            for label, run in self.runs.items():
                run.copy_to(copies / label)
            if not self.runs:
                # A folder that is empty is one that DVC warns of.
                write_text(copies / "none.txt", f"{self.dataset}'s recipes have none of these.\n")
            shutil.rmtree(folder, ignore_errors=True)
            copies.rename(folder)
        finally:
            shutil.rmtree(copies, ignore_errors=True)
        if self.runs:
            for line in cost_table(self.runs).split("\n"):
                note(line)


def config_and_data(dataset: str) -> tuple[Config, Prepared]:
    """The data set's checked config and its prepared data."""
    prepared = Prepared.load(paths.prepared(dataset))
    config = config_for(load_params(), dataset, facts=lambda: Facts.of(prepared))
    check(config, prepared)
    return config, prepared


def cost_table(runs: dict[str, Run]) -> str:
    """A line for each run: its label, the seconds that it trained, and the device."""
    costs = {label: run.cost or {} for label, run in runs.items()}
    width = max(map(len, costs))
    return "\n".join(
        f"{label:{width}}  {cost.get('seconds', math.nan):8.1f} s  {cost.get('device', '')}"
        for label, cost in costs.items()
    )


# By recipe: the class that its model must have, what a model of another class lacks, examples.
NEEDED = {
    "autoencoder": (EncoderDecoder, "no code to reconstruct images from", "stacked, autoencoder"),
    "vae": (LatentVariableModel, "no likelihood to draw images from", "vae, two-layer-vae"),
}


def check(config: Config, prepared: Prepared) -> None:
    """Raise InputError, one line, if a recipe cannot be built, measured or shown in the report.

    Checks all recipes before anything is trained.
    """
    for name, recipe in config.recipes:
        metric_names(Cell({"recipe": name}, config.seeds[0], recipe), prepared)
        needed, lacks, examples = NEEDED[name]
        if not isinstance(recipe.model.module(prepared.image_shape), needed):
            raise InputError(
                f"recipes.{name}.model: {recipe.model.name} has {lacks}; allowed: a model that has "
                f"it, such as {examples}"
            )


def best_of(runs: list[Run]) -> Run:
    """The run with the lowest validation loss."""
    return min(runs, key=lambda run: run.validation_loss)


def stage_run(dataset: str, stage: str, label: str) -> Run:
    """The run that an earlier stage copied to its folder; raises InputError if there is none."""
    folder = paths.stage_runs(dataset, stage) / label
    if not folder.exists():
        raise InputError(f"{folder}: not there; `aebench {stage} {dataset}` trains it")
    return Run(folder)


def start_run(dataset: str, stage: str, label: str, spec: RunSpec) -> Run:
    """The run of an earlier stage that `spec` starts from.

    Raises InputError if its settings or its code have changed since it was trained.
    """
    run = stage_run(dataset, stage, label)
    if run.id != spec.start or code_hashes.changed(run.code):
        raise InputError(
            f"{run.folder}: of other settings or other code; `aebench {stage} {dataset} --retrain` "
            "trains it again"
        )
    return run
