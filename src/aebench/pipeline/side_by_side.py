"""Trains the runs of a stage: side by side in processes where that is worth starting them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial

import torch
from torch.utils.flop_counter import FlopCounterMode

from aebench.core.progress import note
from aebench.data.examples import examples
from aebench.data.pixels import to_float
from aebench.data.prepared import Prepared
from aebench.experiments.context import RunContext
from aebench.pipeline.apart import apart, processes_for
from aebench.tracking.live import LiveTracker
from aebench.training.runs import Run, RunSpec
from aebench.training.train import train_run

# Floating-point operations of half a minute of one core: workers take some seconds to start.
WORTH_IT = 1e12


@dataclass(frozen=True)
class Task:
    """A run to train: its label for people, its spec, and the run of an earlier stage it needs."""

    label: str
    spec: RunSpec
    start: Run | None = None


def train_all(tasks: Sequence[Task], context: RunContext) -> list[Run]:
    """Train the tasks, or find their runs in the store; returns the runs in order.

    A task whose spec has a `start` begins with the weights of that run: of the task's, or of one
    before it. So many are trained at a time as have cores of their own, `threads` of each; a GPU
    trains one. All give the same bytes either way, and each continues from its own checkpoint.
    """
    store = context.runs
    waiting = [
        chain for chain in chains(tasks) if not all(store.get(task.spec.id) for task in chain)
    ]
    if (workers := processes(waiting, context.prepared)) > 1:
        note(f"{len(waiting)} trainings, {workers} at a time")
        apart(partial(_train_chain, context), waiting, workers)
    trained = {task.label for chain in waiting for task in chain} if workers > 1 else set()
    return [
        (task.label in trained and store.get(task.spec.id)) or train(task, context)
        for task in tasks
    ]


def train(task: Task, context: RunContext) -> Run:
    """Train one task in this process, or find its run in the store."""
    start = task.start
    if task.spec.start and start is None:
        start = context.runs.get(task.spec.start)
    with LiveTracker(context.dataset) as tracker:
        return train_run(task.spec, context.prepared, task.label, context.runs, start, tracker)


def chains(tasks: Iterable[Task]) -> list[list[Task]]:
    """The tasks in groups that do not depend on each other; those of a group do, in its order."""
    found: list[list[Task]] = []
    for task in tasks:
        for chain in found:
            if task.spec.start in [before.spec.id for before in chain]:
                chain.append(task)
                break
        else:
            found.append([task])
    return found


def processes(waiting: Sequence[Sequence[Task]], prepared: Prepared) -> int:
    """How many chains to train at a time: 1 on a GPU, and where all of them are soon done."""
    tasks = [task for chain in waiting for task in chain]
    fitting = processes_for(len(waiting), max((task.spec.threads for task in tasks), default=1))
    if fitting == 1 or sum(operations(task.spec, prepared) for task in tasks) < WORTH_IT:
        return 1
    return fitting


def operations(spec: RunSpec, prepared: Prepared) -> float:
    """The floating-point operations of the products and convolutions of a training, about.

    Those of an image forward and backward, for all images of all epochs.
    """
    with torch.random.fork_rng(devices=[]):
        model, objective = spec.model.module(prepared.image_shape), spec.objective.build()
        # Two images, since batch norm takes no single one.
        two = examples(prepared, "train", model, limit=2)
        some = to_float(objective.inputs(model, two))
        with FlopCounterMode(display=False) as counter:
            objective.validate(objective.trainable(model), some)
    count = prepared.count("train")
    images = min(count, spec.training.images or count) * spec.training.epochs
    return 3 * (counter.get_total_flops() / len(some)) * images


def _train_chain(context: RunContext, chain: Sequence[Task]) -> None:
    for task in chain:
        train(task, context)
