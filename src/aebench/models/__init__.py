"""Models: an encoder and a decoder joined; built from what their `.json` says."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import nn


def build(spec: dict[str, Any]) -> "nn.Module":
    """The model of this spec: its `name`, and the arguments of its class. Weights are fresh.

    Raises InputError where the spec is none of `models/config.py`.
    """
    from aebench.models.autoencoder import Autoencoder
    from aebench.models.classifier import Classifier
    from aebench.models.conditional import ConditionalVAE
    from aebench.models.config import ModelConfig
    from aebench.models.stacked import StackedAutoencoder
    from aebench.models.two_layers import TwoLayerVAE
    from aebench.models.vae import VAE
    from aebench.schema import parse

    arguments = dict(parse(ModelConfig, spec, "model"))
    kinds = {
        "stacked": StackedAutoencoder,
        "autoencoder": Autoencoder,
        "vae": VAE,
        "two-layer-vae": TwoLayerVAE,
        "conditional-vae": ConditionalVAE,
        "classifier": Classifier,
    }
    return kinds[arguments.pop("name")](**arguments)
