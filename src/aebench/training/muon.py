"""Muon for a whole network: matrices by Muon, everything else by AdamW, as one optimizer."""

from collections.abc import Iterable

import torch
from torch import nn

from aebench.training.optimizers.closure import evaluated


class MuonAdamW(torch.optim.Optimizer):
    """`torch.optim.Muon` on the 2-D parameters and fused `torch.optim.AdamW` on the others.

    Both share their parameter groups with this optimizer, so that a schedule set here reaches
    them, and their state with it, so that a checkpoint holds it.
    """

    def __init__(
        self,
        parameters: Iterable[nn.Parameter],
        lr: float,
        momentum: float,
        weight_decay: float,
        iterations: int,
    ):
        parameters = list(parameters)
        matrices = [p for p in parameters if p.ndim == 2]
        others = [p for p in parameters if p.ndim != 2]
        self.muon = torch.optim.Muon(
            matrices,
            lr=lr,
            momentum=momentum,
            weight_decay=weight_decay,
            ns_steps=iterations,
            adjust_lr_fn="match_rms_adamw",
        )
        self.adamw = torch.optim.AdamW(others, lr=lr, weight_decay=0.0, fused=True)
        super().__init__([{"params": matrices}, {"params": others}], {"lr": lr})
        self._share()

    def _share(self) -> None:
        self.param_groups = [*self.muon.param_groups, *self.adamw.param_groups]
        self.state.update(self.muon.state)
        self.state.update(self.adamw.state)
        self.muon.state = self.adamw.state = self.state

    @torch.no_grad()
    def step(self, closure=None):
        loss = evaluated(closure)
        self.muon.step()
        self.adamw.step()
        return loss

    def load_state_dict(self, state_dict: dict) -> None:
        super().load_state_dict(state_dict)
        # Loading replaces the groups and the state: hand the new ones to the two parts.
        self.muon.param_groups = self.param_groups[:1]
        self.adamw.param_groups = self.param_groups[1:]
        self.muon.state = self.adamw.state = self.state
