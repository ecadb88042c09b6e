"""`params.yaml`, typed and validated: the whole of what the pipeline does."""

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, NonNegativeInt, PositiveInt, model_validator
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from aebench.data.sources import SOURCES
from aebench.errors import InputError
from aebench.models.config import StackedNet
from aebench.nets.config import DecoderConfig, EncoderConfig
from aebench.objectives.config import Binarization, Loss
from aebench.schema import Section, parse
from aebench.training.optimizers import OptimizerConfig
from aebench.training.schedules import ScheduleConfig

PARAMS = Path("params.yaml")
Rate = Annotated[float, Field(ge=0, lt=1)]
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9-]*$")]
Precision = Literal["auto", "bf16", "fp32"]


class DataSet(Section):
    """Where a data set comes from and how it is split; `overrides` change the sections below."""

    source: str
    validation: PositiveInt
    test: PositiveInt | None = None
    seed: NonNegativeInt = 0
    overrides: dict[str, Any] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _known_source(self):
        if self.source not in SOURCES:
            raise ValueError(f"source: unknown name '{self.source}'; allowed: {', '.join(SOURCES)}")
        return self


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


class Autoencoder(StackedNet):
    """The stacked autoencoder, and what it minimizes."""

    loss: Loss


class Pretrain(Section):
    """Layer-wise pretraining; `corruption` masks that share of the inputs, per layer or for all."""

    method: Literal["greedy", "grow"]
    corruption: Rate | list[Rate] = 0.0
    training: Training


class Finetune(Section):
    """End-to-end training; `corruption` masks that share of the pixels of the input."""

    corruption: Rate = 0.0
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
                f"pretrain.corruption: {len(corruption)} rates for the {layers} layers of "
                "autoencoder.widths; allowed: one rate a layer, or one for all"
            )
        if self.autoencoder.batch_norm and self.pretrain.method == "greedy":
            raise ValueError(
                "autoencoder.batch_norm: layers cannot be trained one by one with it; allowed: "
                "false, or pretrain.method grow"
            )
        return self

    @property
    def pretrain_corruption(self) -> list[float]:
        """The masking rate of each layer."""
        rates = self.pretrain.corruption
        return rates if isinstance(rates, list) else [rates] * len(self.autoencoder.widths)


class Params(Config):
    """The whole file: a Config for all data sets, and the data sets."""

    datasets: Annotated[list[Name], Field(min_length=1)]
    sets: dict[Name, DataSet]


def load_params(path: Path = PARAMS) -> Params:
    """Read and validate `path`, every data set's overrides included; raises InputError."""
    raw = _read(path)
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
    merged = _merge(sections, params.sets[dataset].overrides)
    return parse(Config, merged, f"{path}: sets.{dataset}.overrides")


def _read(path: Path) -> Any:
    try:
        # YAML 1.2, as DVC reads it: there `1e-3` is a number.
        return YAML(typ="safe", pure=True).load(path.read_text())
    except FileNotFoundError:
        raise InputError(f"{path}: no such file; run this in the project's folder") from None
    except (YAMLError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: not valid YAML: {' '.join(str(error).split())}") from None


def _merge(base: dict, over: dict) -> dict:
    merged = dict(base)
    for key, value in over.items():
        old = base.get(key)
        if isinstance(old, dict) and isinstance(value, dict):
            # Another optimizer, schedule or net has other knobs: it replaces the old one whole.
            renamed = any(key in value and value[key] != old.get(key) for key in ("name", "net"))
            merged[key] = value if renamed else _merge(old, value)
        else:
            merged[key] = value
    return merged
