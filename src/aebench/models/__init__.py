"""Models: an encoder and a decoder joined; built from what their `.json` says."""

from typing import Any

from torch import nn


def build(spec: dict[str, Any]) -> nn.Module:
    """The model of this spec: its `name`, and the arguments of its class. Weights are fresh."""
    from aebench.models.stacked import StackedAutoencoder
    from aebench.models.vae import VAE

    arguments = {key: value for key, value in spec.items() if key != "name"}
    return {"stacked": StackedAutoencoder, "vae": VAE}[spec["name"]](**arguments)
