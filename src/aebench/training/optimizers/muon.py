"""Muon for a whole network: matrices by Muon, everything else by AdamW, as one optimizer."""

import torch
from torch import Tensor, nn

from aebench.training.optimizers.closure import evaluated


class MuonAdamW(torch.optim.Optimizer):
    """`torch.optim.Muon` on the 2-D parameters and fused `torch.optim.AdamW` on the others.

    A convolution's kernel, O x I x H x W, is a matrix of O rows (Jordan et al. 2024).

    Both share their parameter groups with this optimizer, so that a schedule set here reaches
    them, and their state with it, so that a checkpoint holds it.
    """

    def __init__(
        self, module: nn.Module, lr: float, momentum: float, weight_decay: float, iterations: int
    ):
        kinds = (nn.Conv2d, nn.ConvTranspose2d)
        kernels = [m.weight for m in module.modules() if isinstance(m, kinds)]
        self.flattened = [(k, nn.Parameter(_rows(k.detach(), k))) for k in kernels]
        parameters = list(module.parameters())
        matrices = [p for p in parameters if p.ndim == 2]
        matrices += [matrix for _, matrix in self.flattened]
        known = {id(p) for p in [*matrices, *kernels]}
        others = [p for p in parameters if id(p) not in known]
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
        for kernel, matrix in self.flattened:
            matrix.grad = None if kernel.grad is None else _rows(kernel.grad, kernel)
        self.muon.step()
        self.adamw.step()
        return loss

    def zero_grad(self, set_to_none: bool = True) -> None:
        super().zero_grad(set_to_none)
        for kernel, _ in self.flattened:
            kernel.grad = None

    def load_state_dict(self, state_dict: dict) -> None:
        super().load_state_dict(state_dict)
        # Loading replaces the groups and the state: hand the new ones to the two parts.
        self.muon.param_groups = self.param_groups[:1]
        self.adamw.param_groups = self.param_groups[1:]
        self.muon.state = self.adamw.state = self.state


def _rows(tensor: Tensor, kernel: Tensor) -> Tensor:
    """O x I x H x W as O x IHW or O x HWI, whichever of them of the kernel itself is a view."""
    order = (0, 1, 2, 3) if kernel.is_contiguous() else (0, 2, 3, 1)
    return tensor.permute(order).flatten(1)
