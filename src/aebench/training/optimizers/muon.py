"""Muon for matrices and AdamW for all other parameters, as one optimizer."""

from collections import defaultdict
from typing import Any

import torch
from torch import Tensor, nn

from aebench.training.device import native_bf16
from aebench.training.optimizers.closure import evaluated

# a, b, c of the quintic a X + b (X X^T) X + c (X X^T)^2 X (Jordan et al. 2024).
QUINTIC = (3.4445, -4.7750, 2.0315)


class MuonAdamW(torch.optim.Optimizer):
    """Muon (Jordan et al. 2024) on matrices and kernels, fused `torch.optim.AdamW` on the others.

    Steps as in `torch.optim.Muon` with `match_rms_adamw` (Liu et al. 2025), but batched over the
    matrices of the same shape up to transposition. A convolution's kernel, O x I x H x W, is a
    matrix of O rows.
    """

    def __init__(
        self, module: nn.Module, lr: float, momentum: float, weight_decay: float, iterations: int
    ):
        convolutions = (nn.Conv2d, nn.ConvTranspose2d)
        kernels = {id(m.weight) for m in module.modules() if isinstance(m, convolutions)}
        matrices: list[nn.Parameter] = []
        others: list[nn.Parameter] = []
        for p in module.parameters():
            (matrices if p.ndim == 2 or id(p) in kernels else others).append(p)
        of_muon = {"momentum": momentum, "weight_decay": weight_decay, "iterations": iterations}
        groups: list[dict[str, Any]] = [{"params": matrices, **of_muon}, {"params": others}]
        super().__init__(groups, {"lr": lr})
        self.adamw = torch.optim.AdamW(others, lr=lr, weight_decay=0.0, fused=True)
        self._share(self.adamw.param_groups)

    def _share(self, groups_of_others: list[dict[str, Any]]) -> None:
        """Make AdamW's groups and state this optimizer's, for schedules and checkpoints."""
        self.param_groups = [self.param_groups[0], *groups_of_others]
        self.adamw.param_groups = groups_of_others
        self.adamw.state = self.state

    @torch.no_grad()
    def step(self, closure=None):
        loss = evaluated(closure)
        self._step_on_matrices(self.param_groups[0])
        self.adamw.step()
        return loss

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        super().load_state_dict(state_dict)
        self._share(self.param_groups[1:])

    def _step_on_matrices(self, group: dict[str, Any]) -> None:
        parameters = [p for p in group["params"] if p.grad is not None]
        if not parameters:
            return
        lr, momentum = group["lr"], group["momentum"]
        gradients = [p.grad for p in parameters]
        averages = [self._average(p) for p in parameters]
        torch._foreach_lerp_(averages, gradients, 1 - momentum)
        directions = torch._foreach_lerp(gradients, averages, momentum)
        torch._foreach_mul_(parameters, 1 - lr * group["weight_decay"])
        by_shape = defaultdict(list)
        for p, direction in zip(parameters, directions, strict=True):
            matrix = _wide(p, p)
            by_shape[matrix.shape].append((matrix, _wide(direction, p)))
        for (_, longer), pairs in by_shape.items():
            steps = orthogonalized(torch.stack([d for _, d in pairs]), group["iterations"])
            for (matrix, _), step in zip(pairs, steps, strict=True):
                matrix.add_(step, alpha=-lr * 0.2 * longer**0.5)

    def _average(self, p: nn.Parameter) -> Tensor:
        state = self.state[p]
        if not state:
            state["momentum_buffer"] = torch.zeros_like(p)
        return state["momentum_buffer"]


def orthogonalized(matrices: Tensor, iterations: int) -> Tensor:
    """B x M x N matrices, M <= N, with singular values brought near 1 by Newton-Schulz iterations.

    In bf16, which is enough (Jordan et al. 2024). Without native bf16, numbers are rounded to bf16
    and multiplied in single precision: the same up to the order of sums, and twenty times as fast
    as PyTorch's emulation.
    """
    a, b, c = QUINTIC
    native = native_bf16()

    def rounded(x: Tensor) -> Tensor:
        return x.bfloat16() if native else x.bfloat16().float()

    x = rounded(matrices)
    norms = rounded(torch.linalg.vector_norm(x, dim=(1, 2), keepdim=True))
    x = rounded(x / norms.clamp(min=1e-7))
    for _ in range(iterations):
        gram = rounded(x @ x.mT)
        polynomial = rounded(torch.baddbmm(gram, gram, gram, beta=b, alpha=c))
        x = rounded(torch.baddbmm(x, polynomial, x, beta=a))
    return x


def _wide(tensor: Tensor, p: nn.Parameter) -> Tensor:
    """The tensor as a matrix at least as wide as high; for the parameter itself, a view."""
    matrix = tensor if p.ndim == 2 else _rows(tensor, p)
    return matrix if matrix.shape[0] <= matrix.shape[1] else matrix.T


def _rows(tensor: Tensor, kernel: Tensor) -> Tensor:
    """O x I x H x W as O x IHW or O x HWI, whichever is a view of the kernel itself."""
    order = (0, 1, 2, 3) if kernel.is_contiguous() else (0, 2, 3, 1)
    return tensor.permute(order).flatten(1)
