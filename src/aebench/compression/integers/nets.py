"""Nets of PyTorch as steps on integers."""

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple, cast

import numpy as np
import torch
from torch import Tensor, nn

from aebench.compression.integers import steps
from aebench.compression.integers.steps import Step
from aebench.core.errors import brief
from aebench.nets.conv_base import ConvDecoderBase, ConvEncoderBase, Repeat
from aebench.nets.dense import Dense, DenseDecoder, DenseEncoder
from aebench.nets.inception import InceptionBlock, Pointwise
from aebench.nets.residual import ResidualBlock

# Images' pixels at a time: bounds the memory of feature maps.
PIXELS = 2**18
ACTIVATIONS = {
    nn.Sigmoid: "sigmoid",
    nn.Tanh: "tanh",
    nn.ReLU: "relu",
    nn.SiLU: "silu",
    nn.GELU: "gelu",
}


class Inexact(Exception):
    """A net has no form in integers; says what of it."""


class IntegerNet:
    """A net's steps. Raises Inexact for modules that have no form in integers."""

    def __init__(self, net: nn.Module):
        self.steps = _steps(list(_layers(net)), last=True)

    @torch.no_grad()
    def __call__(self, rows: np.ndarray) -> np.ndarray:
        """Outputs of N rows, int64 with 16 fraction bits; inputs have 12."""
        limit = steps.LIMIT << steps.FRACTION
        few = max(1, PIXELS // math.prod(rows.shape[1:]))
        parts = []
        for start in range(0, len(rows), few):
            inputs = rows[start : start + few].clip(-limit, limit).astype(np.float64)
            parts.append(steps.run(self.steps, torch.from_numpy(inputs)).to(torch.int64))
        return torch.cat(parts).numpy()


class _Weights(NamedTuple):
    """A layer's weights, outputs x ... , and bias, in double precision."""

    layer: nn.Module
    weight: np.ndarray
    bias: np.ndarray


def _layers(module: nn.Module) -> Iterator[nn.Module | Step]:
    """The modules that a module runs in turn, in evaluation mode."""
    # Classes that are derived from these, by a plug-in, may do something else.
    kind = type(module)
    if kind is nn.Sequential:
        for child in module.children():
            yield from _layers(child)
    elif isinstance(module, Dense) and kind in (Dense, DenseEncoder, DenseDecoder):
        if kind is DenseEncoder:
            yield _flatten()
        for i, layer in enumerate(module.layers):
            yield layer
            if i < len(module.norms):
                yield from _layers(module.norms[i])
            yield from _layers(module.activations[i])
        if isinstance(module, DenseDecoder):
            yield _unflatten(module.image_shape)
    elif isinstance(module, ConvEncoderBase) and kind is ConvEncoderBase:
        for level in module.levels:
            yield from _layers(level)
        yield _flatten()
        yield from _layers(module.dense)
    elif isinstance(module, ConvDecoderBase) and kind is ConvDecoderBase:
        yield from _layers(module.dense)
        yield _unflatten(module.shape)
        yield from _layers(module.after)
        for level in module.levels:
            yield from _layers(level)
    elif isinstance(module, InceptionBlock) and kind is InceptionBlock:
        yield steps.Branches([_steps(list(_layers(branch))) for branch in module.branches])
    elif isinstance(module, ResidualBlock) and kind is ResidualBlock:
        yield steps.Sum(_steps(list(_layers(module.layers))))
    elif kind in ACTIVATIONS:
        yield steps.Activation(ACTIVATIONS[kind])
    elif isinstance(module, nn.MaxPool2d) and kind is nn.MaxPool2d:
        words = f"{module.kernel_size} {module.stride} {module.padding} {module.ceil_mode}"
        yield steps.Shape(f"maximum {words}", module)
    elif isinstance(module, nn.AvgPool2d) and kind is nn.AvgPool2d and module.kernel_size == 2:
        yield steps.Average(f"average {module.ceil_mode}", module)
    elif isinstance(module, Repeat) and kind is Repeat:
        yield steps.Shape(f"repeat {module.size}", module)
    elif kind not in (nn.Identity, nn.Dropout):
        yield module


def _steps(layers: Sequence[nn.Module | Step], last: bool = False) -> list[Step]:
    """Steps of layers in turn; a batch normalization after a layer with weights is part of it."""
    folded: list[Step | _Weights] = []
    for layer in layers:
        if isinstance(layer, Step):
            folded.append(layer)
        elif isinstance(layer, nn.BatchNorm1d | nn.BatchNorm2d):
            factor, bias = _norm(layer)
            if folded and isinstance(before := folded[-1], _Weights):
                folded.pop()
                shape = (-1, *[1] * (before.weight.ndim - 1))
                scaled = before.weight * factor.reshape(shape)
                folded.append(_Weights(before.layer, scaled, before.bias * factor + bias))
            else:
                folded.append(_Weights(layer, factor[:, None], bias))
        else:
            folded.append(_weights(layer))
    places = [i for i, layer in enumerate(folded) if isinstance(layer, _Weights)]
    end = places[-1] if last and places else None
    if last and (end is None or not all(isinstance(x, steps.Shape) for x in folded[end + 1 :])):
        raise Inexact("a net that does not end with a layer of weights")
    return [
        _affine(layer, i == end) if isinstance(layer, _Weights) else layer
        for i, layer in enumerate(folded)
    ]


def _weights(layer: nn.Module) -> _Weights:
    """Weights with the output channels first."""
    if type(layer) not in (nn.Linear, nn.Conv2d, Pointwise, nn.ConvTranspose2d):
        raise Inexact(type(layer).__name__)
    assert isinstance(layer, nn.Linear | nn.Conv2d | nn.ConvTranspose2d)
    if not isinstance(layer, nn.Linear):
        plain = (layer.groups, layer.dilation, layer.padding_mode) == (1, (1, 1), "zeros")
        if not plain or isinstance(layer.padding, str):
            raise Inexact(brief(layer))
    weight = _double(layer.weight)
    if isinstance(layer, nn.ConvTranspose2d):
        weight = weight.swapaxes(0, 1)
    bias = np.zeros(len(weight)) if layer.bias is None else _double(layer.bias)
    return _Weights(layer, weight, bias)


def _norm(layer: nn.BatchNorm1d | nn.BatchNorm2d) -> tuple[np.ndarray, np.ndarray]:
    """Factor and bias of each channel; roots and quotients are rounded alike everywhere."""
    if layer.running_mean is None or layer.running_var is None:
        raise Inexact("batch normalization without running statistics")
    factor = 1 / np.sqrt(_double(layer.running_var) + layer.eps)
    bias = -_double(layer.running_mean) * factor
    if layer.affine:
        weight = _double(layer.weight)
        factor, bias = factor * weight, bias * weight + _double(layer.bias)
    return factor, bias


def _affine(weights: _Weights, last: bool) -> Step:
    layer, weight, bias = weights
    try:
        if isinstance(layer, nn.Conv2d):
            pairs = _pairs(layer.kernel_size, layer.stride, layer.padding)
            return steps.Convolution(weight.reshape(len(weight), -1), bias, last, *pairs)
        if isinstance(layer, nn.ConvTranspose2d):
            pairs = _pairs(layer.kernel_size, layer.stride, layer.padding, layer.output_padding)
            # Products are outputs x height x width for each input.
            by_place = weight.transpose(0, 2, 3, 1).reshape(-1, weight.shape[1])
            return steps.TransposedConvolution(by_place, bias, last, *pairs)
        return (steps.Linear if isinstance(layer, nn.Linear) else steps.Scale)(weight, bias, last)
    except ValueError as error:
        raise Inexact(str(error)) from None


def _double(tensor: Tensor) -> np.ndarray:
    return tensor.detach().cpu().double().numpy()


def _pairs(*sizes: str | tuple[int, ...]) -> tuple[tuple[int, int], ...]:
    return cast(tuple[tuple[int, int], ...], sizes)


def _flatten() -> Step:
    return steps.Shape("flatten", lambda x: x.flatten(1))


def _unflatten(shape: Sequence[int]) -> Step:
    return steps.Shape(f"unflatten {tuple(shape)}", lambda x: x.unflatten(1, tuple(shape)))
