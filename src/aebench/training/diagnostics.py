"""What is measured of each layer while a training goes on: where gradients vanish or explode."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytorch_lightning as pl
import torch
from torch import Tensor, nn

MEASURES = ("gradient_norm", "update_norm", "activation_rms")
Row = dict[str, Any]


class LayerNorms(pl.Callback):
    """Measures the first update and every `every`-th after it, in each layer.

    A layer is a module with a weight of its own that is learned, named as in `named_modules`, in
    the order of the forward pass. (A tied decoder layer has none: its matrix is its encoder
    layer's.) Of a layer are measured
    - `gradient_norm`, the Euclidean norm of the loss's gradient for the weight, before clipping;
    - `update_norm`, that of the weight's change;
    - `activation_rms`, the root mean square of the layer's output, before its unit, over the batch.
    Where an optimizer asks for several gradients in one update, or an objective takes the batch in
    parts, the first one counts.
    """

    def __init__(self, every: int):
        self.every = every
        self.layers: list[str] = []
        # Epoch and update of each measurement, from 1, and its layers x MEASURES.
        self.times: list[tuple[int, int]] = []
        self.values: list[Tensor] = []
        # Those of this epoch, on the device: to fetch each at once would stall it.
        self.fresh: list[Tensor] = []

    def on_train_start(self, trainer: pl.Trainer, module: pl.LightningModule) -> None:
        self.trainable = module.trainable
        module.watch = self.watch

    def on_train_epoch_start(self, trainer: pl.Trainer, module: pl.LightningModule) -> None:
        self.epoch = module.current_epoch + 1
        self.update = module.current_epoch * module.updates_per_epoch

    @contextmanager
    def watch(self) -> Iterator[None]:
        """Surrounds one update."""
        self.update += 1
        if (self.update - 1) % self.every:
            yield
            return
        weights = {
            name: layer.weight
            for name, layer in self.trainable.named_modules()
            if "weight" in dict(layer.named_parameters(recurse=False))
            and layer.weight.requires_grad
        }
        before = {name: weight.detach().clone() for name, weight in weights.items()}
        with Evaluation(self.trainable, weights) as first:
            yield
        self.layers = list(first.activations)
        with torch.no_grad():
            change = torch._foreach_sub(
                [weights[name] for name in self.layers], [before[name] for name in self.layers]
            )
        zero = change[0].new_zeros(())
        gradients = [first.gradients.get(name, zero) for name in self.layers]
        measured = [gradients, torch._foreach_norm(change), list(first.activations.values())]
        self.times.append((self.epoch, self.update))
        self.fresh.append(torch.stack([torch.stack(values) for values in measured], dim=1))

    def on_train_epoch_end(self, trainer: pl.Trainer, module: pl.LightningModule) -> None:
        if self.fresh:
            self.values.append(torch.stack(self.fresh).cpu())
            self.fresh = []

    @property
    def rows(self) -> list[Row]:
        """A row a measured update and layer: `epoch`, `update`, `layer` and the MEASURES."""
        table = torch.cat(self.values).tolist()
        return [
            {"epoch": epoch, "update": update, "layer": layer}
            | {name: float(f"{x:.6g}") for name, x in zip(MEASURES, measured, strict=True)}
            for (epoch, update), layers in zip(self.times, table, strict=True)
            for layer, measured in zip(self.layers, layers, strict=True)
        ]

    def state_dict(self) -> dict[str, Any]:
        return {"layers": self.layers, "times": self.times, "values": self.values}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self.layers = state["layers"]
        self.times, self.values = list(state["times"]), list(state["values"])


class Evaluation:
    """The first forward and backward pass while it is entered.

    `activations` and `gradients` by the name of the layer, scalars on the device, the former in the
    order of the forward pass.
    """

    def __init__(self, trainable: nn.Module, weights: dict[str, Tensor]):
        self.trainable, self.weights = trainable, weights
        self.activations: dict[str, Tensor] = {}
        self.gradients: dict[str, Tensor] = {}

    def __enter__(self) -> "Evaluation":
        self.handles = []
        for name, weight in self.weights.items():
            layer = self.trainable.get_submodule(name)
            self.handles += [
                layer.register_forward_hook(self._forward(name)),
                weight.register_post_accumulate_grad_hook(self._backward(name)),
            ]
        return self

    def __exit__(self, *_: Any) -> None:
        for handle in self.handles:
            handle.remove()

    def _forward(self, name: str):
        def hook(layer: nn.Module, inputs: tuple[Tensor, ...], output: Tensor) -> None:
            if name not in self.activations:
                norm = torch.linalg.vector_norm(output.detach(), dtype=torch.float32)
                self.activations[name] = norm / output.numel() ** 0.5

        return hook

    def _backward(self, name: str):
        def hook(weight: Tensor) -> None:
            if name not in self.gradients:
                self.gradients[name] = torch.linalg.vector_norm(weight.grad.detach())

        return hook
