"""Any net for any model: the encoder or decoder that a section of the config names."""

from collections.abc import Sequence
from typing import Any

from torch import nn

from aebench.nets import conv, dense, inception, residual
from aebench.nets.config import DecoderConfig, EncoderConfig
from aebench.nets.init import initialize
from aebench.schema import parse

NETS = {"dense": dense, "conv": conv, "inception": inception, "residual": residual}


def encoder(
    config: EncoderConfig | dict[str, Any], image_shape: Sequence[int], outputs: int
) -> nn.Module:
    """N x C x H x W -> N x outputs. `config` is a section or plain data; raises InputError."""
    config = parse(EncoderConfig, config, "encoder")
    net = NETS[config.net].encoder(config, image_shape, outputs)
    initialize(net, config.init)
    return net


def decoder(
    config: DecoderConfig | dict[str, Any], inputs: int, image_shape: Sequence[int]
) -> nn.Module:
    """N x inputs -> logits N x C x H x W. `config` as above; raises InputError."""
    config = parse(DecoderConfig, config, "decoder")
    net = NETS[config.net].decoder(config, inputs, image_shape)
    initialize(net, config.init)
    return net
