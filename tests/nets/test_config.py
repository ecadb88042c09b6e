from typing import Any

import pytest

from aebench.core.errors import InputError
from aebench.core.schema import parse
from aebench.nets.base import Decoder, Encoder

DENSE = {"widths": [8], "unit": "tanh"}
CONV = {"net": "conv", "channels": [8], "unit": "tanh"}
INCEPTION = {"net": "inception", "channels": [16], "unit": "relu"}


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ({"net": "cnn"}, ["unknown name 'cnn'", "conv, dense, inception, residual"]),
        ({"unit": "tanh"}, ["widths: missing"]),
        ({"net": "conv", "unit": "tanh"}, ["channels: missing"]),
        (DENSE | {"channels": [4]}, ["unknown key 'channels'", "widths"]),
        (CONV | {"widths": [4]}, ["unknown key 'widths'", "channels"]),
        (CONV | {"upsample": "nearest"}, ["unknown key 'upsample'", "downsample"]),
        (CONV | {"kernel": 4}, ["kernel: 4", "odd numbers"]),
        (CONV | {"downsample": "min"}, ["downsample", "'min'", "'stochastic'"]),
        (CONV | {"downsample": "stochastic"}, ["downsample: stochastic", "relu or sigmoid"]),
        (INCEPTION | {"channels": [16, 24]}, ["channels.1: 24", "multiple of 16"]),
        (INCEPTION | {"factorized": True}, ["factorized: True", "'smaller'"]),
        (DENSE | {"dropout": 1.0}, ["dropout: 1.0", "less than 1"]),
        (DENSE | {"batch_norm": "yes"}, ["batch_norm: 'yes'", "boolean"]),
        (DENSE | {"init": {"name": "xavier"}}, ["init: unknown name 'xavier'", "glorot, he"]),
        (DENSE | {"init": {"name": "normal"}}, ["init.std: missing"]),
        (DENSE | {"init": "he"}, ["init: 'he'"]),
        ("dense", ["'dense' is not allowed"]),
        (None, ["None is not allowed"]),
    ],
)
def test_a_mistake_is_named_in_one_line(value: Any, said: list[str]) -> None:
    with pytest.raises(InputError) as caught:
        parse(Encoder, value, "encoder")
    text = str(caught.value)
    assert text.startswith("encoder: ")
    assert "\n" not in text
    for part in said:
        assert part in text


def test_encoders_and_decoders_have_hyperparameters_of_their_own() -> None:
    parse(Decoder, CONV | {"upsample": "nearest"}, "decoder")
    with pytest.raises(InputError, match="unknown key 'downsample'"):
        parse(Decoder, INCEPTION | {"downsample": "max"}, "decoder")


@pytest.mark.parametrize("value", [DENSE, CONV, INCEPTION, DENSE | {"init": {"name": "he"}}])
def test_a_run_is_described_by_what_was_written(value: dict) -> None:
    section = parse(Encoder, value, "encoder")
    assert section.model_dump(exclude_unset=True) == value
    # And by the defaults.
    assert section.identity() == section.model_dump()
    assert parse(Encoder, section.identity(), "encoder") == section
