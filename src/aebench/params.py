"""`params.yaml`, typed and validated: the whole of what the pipeline does."""

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, NonNegativeInt, PositiveFloat, PositiveInt, model_validator
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from aebench.data.dataset import DataSet
from aebench.errors import InputError
from aebench.models.config import StackedNet
from aebench.nets.config import DecoderConfig, EncoderConfig
from aebench.objectives.config import Binarization, Loss
from aebench.objectives.corruption import Corruption
from aebench.overrides import merge
from aebench.schema import Section, parse
from aebench.training.optimizers import OptimizerConfig
from aebench.training.schedules import ScheduleConfig

PARAMS = Path("params.yaml")
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9-]*$")]
Precision = Literal["auto", "bf16", "fp32"]


class Diagnostics(Section):
    """Norms of each layer's gradient, update and activations, in every `every`-th update."""

    every: PositiveInt


class Training(Section):
    """How a network is trained: the part of a run that is not the model or its objective."""

    epochs: PositiveInt
    batch_size: PositiveInt
    optimizer: OptimizerConfig
    schedule: ScheduleConfig
    # Epochs without a better validation error after which training stops; null: never.
    patience: PositiveInt | None = None
    # Keep the weights of the best validation epoch, not of the last one.
    restore_best: bool = True
    # Train on so many of the training images, always the same ones; null: on all.
    images: PositiveInt | None = None
    # Labels whose images are left out, as if they were not in the data; null: none.
    without: Annotated[list[NonNegativeInt], Field(min_length=1)] | None = None
    # Gradients whose norm, over all parameters, is larger are scaled down to it (Pascanu et al.
    # 2013); null: never.
    clip_norm: PositiveFloat | None = None
    # What is measured of the layers and kept in the run's folder; null: nothing.
    diagnostics: Diagnostics | None = None


class Autoencoder(StackedNet):
    """The stacked autoencoder, and what it minimizes."""

    loss: Loss


class Pretrain(Section):
    """Layer-wise pretraining; `corruption` of the inputs: one for all layers, or a list.

    A number is the share of them that is masked; other noises are sections.
    """

    method: Literal["greedy", "grow"]
    corruption: Corruption | list[Corruption] = 0.0
    training: Training


class Finetune(Section):
    """End-to-end training; `corruption` of the input's pixels: the share that is masked, or a
    section."""

    corruption: Corruption = 0.0
    training: Training


class VAE(Section):
    """The variational autoencoder."""

    encoder: EncoderConfig
    decoder: DecoderConfig
    latent: PositiveInt
    binarization: Binarization
    beta: Annotated[float, Field(gt=0)] = 1.0
    # Epochs over which the weight of the KL term rises linearly from 0 to beta.
    kl_warmup: NonNegativeInt = 0
    training: Training


class Evaluate(Section):
    """How the trained models are measured."""

    nll_samples: PositiveInt


class Config(Section):
    """Everything that is done to one data set."""

    seeds: Annotated[list[NonNegativeInt], Field(min_length=1)]
    precision: Precision
    autoencoder: Autoencoder
    pretrain: Pretrain
    finetune: Finetune
    vae: VAE
    evaluate: Evaluate

    @model_validator(mode="after")
    def _consistent(self):
        if len(set(self.seeds)) < len(self.seeds):
            raise ValueError(f"seeds: {self.seeds} has a seed twice")
        corruption, layers = self.pretrain.corruption, len(self.autoencoder.widths)
        if isinstance(corruption, list) and len(corruption) != layers:
            raise ValueError(
                f"pretrain.corruption: a list of {len(corruption)} for the {layers} layers of "
                "autoencoder.widths; allowed: one a layer, or one for all"
            )
        return self

    @property
    def pretrain_corruption(self) -> list[Corruption]:
        """The corruption of each layer's inputs."""
        given = self.pretrain.corruption
        return given if isinstance(given, list) else [given] * len(self.autoencoder.widths)


class Params(Config):
    """The whole file: a Config for all data sets, and the data sets."""

    datasets: Annotated[list[Name], Field(min_length=1)]
    sets: dict[Name, DataSet]


def load_params(path: Path = PARAMS) -> Params:
    """Read and validate `path`, every data set's overrides included; raises InputError."""
    raw = read_yaml(path)
    params = parse(Params, raw, str(path))
    for name in params.datasets:
        if name not in params.sets:
            raise InputError(
                f"{path}: datasets: unknown name '{name}'; allowed: {', '.join(params.sets)}"
            )
    if len(set(params.datasets)) < len(params.datasets):
        raise InputError(f"{path}: datasets: {params.datasets} has a name twice")
    for name in params.sets:
        config_for(params, name, path)
    return params


def config_for(params: Params, dataset: str, path: Path = PARAMS) -> Config:
    """The config of one data set: the sections of the file with its overrides laid over them."""
    if dataset not in params.sets:
        raise InputError(f"unknown data set '{dataset}'; allowed: {', '.join(params.sets)}")
    sections = params.model_dump(include=set(Config.model_fields))
    merged = merge(sections, params.sets[dataset].overrides)
    return parse(Config, merged, f"{path}: sets.{dataset}.overrides")


def read_yaml(path: Path) -> Any:
    """What the file holds; raises InputError where it is missing or not YAML."""
    try:
        # YAML 1.2, as DVC reads it: there `1e-3` is a number.
        return YAML(typ="safe", pure=True).load(path.read_text())
    except FileNotFoundError:
        raise InputError(f"{path}: no such file; run this in the project's folder") from None
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}; allowed: a file") from None
    # ruamel.yaml leaves impossible dates to datetime, and a UnicodeDecodeError is one, too.
    except (YAMLError, ValueError) as error:
        raise InputError(f"{path}: not valid YAML: {' '.join(str(error).split())}") from None
