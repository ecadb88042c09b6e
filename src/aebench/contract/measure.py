"""The contract of measures."""

import math
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from aebench.baselines.base import Baseline
from aebench.contract import common
from aebench.core.errors import InputError
from aebench.experiments.cell import run_specs
from aebench.experiments.recipe import Recipe
from aebench.measures.base import Measure
from aebench.measures.inputs import BaselineInput, MeasureInput, RunInput
from aebench.models.base import Model
from aebench.training.runs import RunStore
from aebench.training.train import train_run


def check_version(section: Measure) -> None:
    """Its version is a whole number from 1."""
    assert isinstance(section.version, int) and section.version >= 1, f"it is {section.version!r}"


def check_columns(section: Measure) -> None:
    """It names its columns, each once."""
    columns = section.columns()
    assert columns and all(isinstance(name, str) for name in columns), f"columns are {columns!r}"
    assert len(set(columns)) == len(columns), f"columns are {columns!r}, one of them twice"


def check_glossary(section: Measure) -> None:
    """Its glossary describes each column."""
    for column in section.columns():
        known = any(re.fullmatch(pattern, column) for pattern in section.glossary)
        assert known, f"it does not describe '{column}'"


def check_numbers(section: Measure) -> None:
    """It gives finite values of its columns, the same ones each time."""
    with tempfile.TemporaryDirectory() as folder:
        input = next(_inputs(section, RunStore(Path(folder))), None)
        assert input, "its check refuses all models and baselines that were tried"
        first, second = section.compute(input), section.compute(input)
    assert first.values, "there are none"
    for name, value in first.values.items():
        assert name in section.columns(), (
            f"'{name}' is none of its columns; expected those of columns()"
        )
        assert math.isfinite(value), f"{name} is {value}"
    assert first.values == second.values, f"{first.values} and then {second.values}"


def _inputs(section: Measure, store: RunStore) -> Iterator[MeasureInput]:
    """Small trained models and baselines that the measure's check lets pass."""
    prepared = common.prepared()
    for model in common.models():
        recipe = _recipe(model, section)
        try:
            section.check(model.build(prepared.image_shape), prepared, recipe)
        except InputError:
            continue
        (spec,) = run_specs(recipe, prepared, seed=0)
        run = train_run(spec, prepared, "contract", store, progress=False)
        yield RunInput(run, prepared, store)
    for name, cls in Baseline.known().items():
        try:
            baseline = cls.model_validate({"name": name})
            recipe = _recipe(common.models()[0], section).model_copy(update={"baseline": baseline})
            section.check(baseline, prepared, recipe)
        except (InputError, ValueError):
            continue
        yield BaselineInput(baseline, prepared, store)


def _recipe(model: Model, section: Measure) -> Recipe:
    objectives: dict[str, dict[str, Any]] = {
        "classifier": {"name": "classify"},
        "vae": {"name": "elbo", "binarization": "stochastic"},
        "conditional-vae": {"name": "elbo", "binarization": "stochastic"},
    }
    name = getattr(model, model.tag)
    objective = objectives.get(name, {"name": "reconstruction", "loss": "sse"})
    likelihood = getattr(model, "likelihood", None)
    if likelihood and likelihood.build().grey:
        objective = objective | {"binarization": "none"}
    return Recipe.model_validate(
        {
            "model": model,
            "objective": objective,
            "training": {
                "epochs": 2,
                "batch_size": 20,
                "optimizer": {"name": "adamw", "lr": 1e-2},
                "schedule": {"name": "constant"},
            },
            "precision": "fp32",
            "threads": 1,
            "measures": [section],
        }
    )
