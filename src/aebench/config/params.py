"""`params.yaml`, typed and validated: all settings of the pipeline."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, PrivateAttr, model_validator

from aebench.config.automatic import TYPICAL, automatic
from aebench.core import plugins
from aebench.core.counts import Count, Seed
from aebench.core.errors import InputError
from aebench.core.files import read_yaml
from aebench.core.nearest import unknown
from aebench.core.overrides import merge
from aebench.core.paths import PARAMS
from aebench.core.schema import Distinct, Section, parse
from aebench.data.dataset import DataSet
from aebench.data.facts import Facts
from aebench.experiments.recipe import Recipe
from aebench.training.config import Precision

# Also the name of a folder.
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9-]*$", max_length=100)]
# Sections of the file before version 0.2, and the keys that replace them.
FORMER = {
    "autoencoder": "recipes.autoencoder.model",
    "pretrain": "recipes.autoencoder.pretrain",
    "finetune": "recipes.autoencoder.training",
    "vae": "recipes.vae",
}


class Recipes(Section):
    """What the pipeline trains: an autoencoder, and a model to generate images with."""

    autoencoder: Recipe
    vae: Recipe

    @model_validator(mode="after")
    def _train(self):
        for name, recipe in self:
            if recipe.baseline:
                raise ValueError(
                    f"{name}.baseline: nothing is trained for a baseline; allowed: in studies"
                )
        if self.vae.pretrain:
            raise ValueError("vae.pretrain: the stage has no layers; allowed: null")
        return self


class Evaluate(Section):
    """How the trained models are measured."""

    nll_samples: Count


class Numerics(Section):
    """The precision and threads of all recipes that do not state their own."""

    precision: Precision
    threads: Count


class Config(Numerics):
    """The settings of the pipeline for one data set."""

    seeds: Annotated[Distinct[Seed], Field(min_length=1)]
    recipes: Recipes
    evaluate: Evaluate

    @model_validator(mode="before")
    @classmethod
    def _one_numerics_for_all(cls, value: Any) -> Any:
        recipes = value.get("recipes") if isinstance(value, dict) else None
        if not isinstance(recipes, dict):
            return value
        common = {key: value[key] for key in Numerics.model_fields if key in value}
        # Validated here, or an error would name the recipes, which only inherit the values.
        Numerics.model_validate(common)
        filled = {
            name: common | recipe if isinstance(recipe, dict) else recipe
            for name, recipe in recipes.items()
        }
        return value | {"recipes": filled}


class Params(Config):
    """The whole file: a Config for all data sets, and the data sets."""

    datasets: Annotated[Distinct[Name], Field(min_length=1)]
    sets: dict[Name, DataSet]
    # Files that end in .py, and names of installed packages' entry points `aebench.plugins`.
    plugins: Distinct[str] = Field(default=[])

    # The sections of the file, over which a data set's overrides are merged.
    _sections: dict[str, Any] = PrivateAttr(default_factory=dict)


def load_params(path: Path = PARAMS) -> Params:
    """Load the plug-ins that `path` names, then read and validate it; raises InputError.

    Every data set's overrides are validated, too.
    """
    raw = read_yaml(path)
    plugins.load_all(plugins.named_in(raw, path))
    for former, now in FORMER.items():
        if isinstance(raw, dict) and former in raw:
            raise InputError(
                f"{path}: {former}: is said by {now} since version 0.2; CHANGELOG.md shows both"
            )
    params = parse(Params, raw, str(path))
    params._sections = {key: raw[key] for key in Config.model_fields}
    for name in params.datasets:
        if name not in params.sets:
            raise InputError(
                path, f"datasets: {unknown('name', name, params.sets)}", ", ".join(params.sets)
            )
    for name in params.sets:
        config_for(params, name, path)
    return params


def config_for(
    params: Params, dataset: str, path: Path = PARAMS, facts: Callable[[], Facts] | None = None
) -> Config:
    """The config of one data set: the sections of the file with its overrides merged over them.

    Where its recipes are `auto`, those that suit its `facts` take the file's place; without facts,
    those of small grey images, by which the overrides are checked.
    """
    if dataset not in params.sets:
        raise InputError("", unknown("data set", dataset, params.sets), ", ".join(params.sets))
    source, sections = params.sets[dataset], params._sections
    if source.fits_data:
        sections = sections | automatic(facts() if facts else TYPICAL)
    return parse(Config, merge(sections, source.overrides), f"{path}: sets.{dataset}.overrides")


def given_or_first(dataset: str | None) -> str:
    """The data set of this name, or the first of `datasets`; raises InputError."""
    params = load_params()
    dataset = dataset or params.datasets[0]
    config_for(params, dataset)
    return dataset
