"""Norms of each layer's gradient, update and activations during a training.

They show where gradients vanish or explode.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytorch_lightning as pl
import torch
from torch import Tensor, nn

from aebench.training.callbacks import training_module

MEASURES = ("gradient_norm", "update_norm", "activation_rms")
Row = dict[str, Any]


class LayerNorms(pl.Callback):
    """Measures each layer in the first update and in every `every`-th after it.

    A layer is a module with a trainable weight of its own, named as in `named_modules`; layers are
    in the order of the forward pass. (A tied decoder layer has no weight of its own.) Measures:
    - `gradient_norm`, the Euclidean norm of the loss's gradient for the weight, before clipping;
    - `update_norm`, the Euclidean norm of the weight's change;
    - `activation_rms`, the root mean square over the batch of the output before its activation.
    If an optimizer computes several gradients in one update, or an objective takes the batch in
    parts, the first gradient counts.
    """

    def __init__(self, every: int):
        self.every = every
        self.layers: list[str] = []
        # Epoch and update of each measurement, from 1; for each epoch, measurements x layers x
        # MEASURES.
        self.times: list[tuple[int, int]] = []
        self.values: list[Tensor] = []
        # This epoch's values, left on the device until its end: copying each would stall it.
        self.epoch_values: list[Tensor] = []

    def on_train_start(self, trainer: pl.Trainer, module: pl.LightningModule) -> None:
        self.trainable = training_module(module).trainable
        training_module(module).watch = self.watch

    def on_train_epoch_start(self, trainer: pl.Trainer, module: pl.LightningModule) -> None:
        self.epoch = module.current_epoch + 1
        self.update = module.current_epoch * training_module(module).updates_per_epoch

    @contextmanager
    def watch(self) -> Iterator[None]:
        """Measure the update made inside, if it is its turn."""
        self.update += 1
        if (self.update - 1) % self.every:
            yield
            return
        weights = {
            name: parameters["weight"]
            for name, layer in self.trainable.named_modules()
            if "weight" in (parameters := dict(layer.named_parameters(recurse=False)))
            and parameters["weight"].requires_grad
        }
        before = {name: weight.detach().clone() for name, weight in weights.items()}
        with FirstPass(self.trainable, weights) as first:
            yield
        self.layers = list(first.activations)
        with torch.no_grad():
            change = torch._foreach_sub(
                [weights[name] for name in self.layers], [before[name] for name in self.layers]
            )
        zero = change[0].new_zeros(())
        gradients = [first.gradients.get(name, zero) for name in self.layers]
        measured = [gradients, list(torch._foreach_norm(change)), [*first.activations.values()]]
        self.times.append((self.epoch, self.update))
        self.epoch_values.append(torch.stack([torch.stack(values) for values in measured], dim=1))

    def on_train_epoch_end(self, trainer: pl.Trainer, module: pl.LightningModule) -> None:
        if self.epoch_values:
            self.values.append(torch.stack(self.epoch_values).cpu())
            self.epoch_values = []

    @property
    def rows(self) -> list[Row]:
        """A row per measured update and layer: `epoch`, `update`, `layer` and the MEASURES."""
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


class FirstPass:
    """While entered, measures the first forward and backward pass through each layer.

    `activations`, in the order of the forward pass, and `gradients` are scalars on the device by
    the layer's name.
    """

    def __init__(self, trainable: nn.Module, weights: dict[str, Tensor]):
        self.trainable, self.weights = trainable, weights
        self.activations: dict[str, Tensor] = {}
        self.gradients: dict[str, Tensor] = {}

    def __enter__(self) -> "FirstPass":
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

    def _forward(self, name: str) -> Callable[..., None]:
        def hook(layer: nn.Module, inputs: tuple[Tensor, ...], output: Tensor) -> None:
            if name not in self.activations:
                norm = torch.linalg.vector_norm(output.detach(), dtype=torch.float32)
                self.activations[name] = norm / output.numel() ** 0.5

        return hook

    def _backward(self, name: str) -> Callable[[Tensor], None]:
        def hook(weight: Tensor) -> None:
            if name not in self.gradients and weight.grad is not None:
                self.gradients[name] = torch.linalg.vector_norm(weight.grad.detach())

        return hook
