import pytest
import torch
from torch import nn

from aebench.training.optimizers import muon
from aebench.training.optimizers.muon import MuonAdamW, orthogonalized

HYPERPARAMETERS = {"lr": 0.02, "momentum": 0.9, "weight_decay": 0.3}


def net() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(6, 4), nn.Tanh(), nn.Linear(4, 6))


def ours(module: nn.Module) -> MuonAdamW:
    return MuonAdamW(module, **HYPERPARAMETERS, iterations=5)


def theirs(module: nn.Module) -> list[torch.optim.Optimizer]:
    matrices = [p for p in module.parameters() if p.ndim == 2]
    vectors = [p for p in module.parameters() if p.ndim == 1]
    return [
        torch.optim.Muon(matrices, **HYPERPARAMETERS, ns_steps=5, adjust_lr_fn="match_rms_adamw"),
        torch.optim.AdamW(vectors, lr=HYPERPARAMETERS["lr"], weight_decay=0.0),
    ]


def step(module: nn.Module, *optimizers: torch.optim.Optimizer, seed: int) -> None:
    x = torch.randn(16, 6, generator=torch.Generator().manual_seed(seed))
    module.zero_grad()
    (module(x) - x).square().sum(1).mean().backward()
    for optimizer in optimizers:
        optimizer.step()


def assert_same(a: nn.Module, b: nn.Module, **tolerance: float) -> None:
    for left, right in zip(a.parameters(), b.parameters(), strict=True):
        torch.testing.assert_close(left, right, **tolerance)


def halve(*optimizers: torch.optim.Optimizer) -> None:
    for group in (group for optimizer in optimizers for group in optimizer.param_groups):
        group["lr"] /= 2


@pytest.mark.parametrize("reload_at", [None, 0, 1, 5])
def test_is_torchs_muon_on_matrices_and_adamw_on_vectors(reload_at: int | None) -> None:
    """Step by step, under a changing rate, also after the state went through a checkpoint."""
    one, two = net(), net()
    optimizer, parts = ours(one), theirs(two)
    for update in range(8):
        if update == reload_at:
            state = optimizer.state_dict()
            optimizer = ours(one)
            optimizer.load_state_dict(state)
        if update in (3, 6):
            halve(optimizer, *parts)
        step(one, optimizer, seed=update)
        step(two, *parts, seed=update)
        assert_same(one, two)


def test_the_state_holds_both_parts() -> None:
    module = net()
    optimizer = ours(module)
    assert optimizer.state_dict()["state"] == {}
    step(module, optimizer, seed=0)
    names = [sorted(state) for state in optimizer.state_dict()["state"].values()]
    assert sorted(names) == [["exp_avg", "exp_avg_sq", "step"]] * 2 + [["momentum_buffer"]] * 2
    assert sum(len(group["params"]) for group in optimizer.param_groups) == 4


def test_a_reloaded_optimizer_goes_on_to_the_same_bytes(tmp_path) -> None:
    one, two = net(), net()
    whole, cut = ours(one), ours(two)
    for update in range(3):
        step(one, whole, seed=update)
        step(two, cut, seed=update)
    torch.save(cut.state_dict(), tmp_path / "state")
    cut = ours(two)
    cut.load_state_dict(torch.load(tmp_path / "state", weights_only=True))
    for update in range(3, 6):
        step(one, whole, seed=update)
        step(two, cut, seed=update)
    assert_same(one, two, rtol=0, atol=0)


def test_a_step_on_a_matrix_is_nearly_orthogonal_and_of_adamws_size() -> None:
    """All singular values near 1 (Jordan et al. 2024), times 0.2 * sqrt(longer side)."""
    torch.manual_seed(0)
    module = nn.Linear(64, 32)
    before = module.weight.detach().clone()
    optimizer = MuonAdamW(module, 1.0, 0.95, 0.0, iterations=5)
    module.weight.grad, module.bias.grad = torch.randn(32, 64), torch.zeros(32)
    optimizer.step()
    singular = torch.linalg.svdvals(before - module.weight.detach()) / (0.2 * 64**0.5)
    assert singular.min() > 0.5 and singular.max() < 1.5


def test_hardware_without_bf16_computes_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """But for the order of sums, which turns a last digit of bf16 now and then."""
    matrices = torch.randn(3, 20, 50, generator=torch.Generator().manual_seed(0))
    monkeypatch.setattr(muon, "native_bf16", lambda: True)
    native = orthogonalized(matrices, 5)
    monkeypatch.setattr(muon, "native_bf16", lambda: False)
    other = orthogonalized(matrices, 5)
    assert (native.dtype, other.dtype) == (torch.bfloat16, torch.float32)
    assert torch.equal(other, other.bfloat16().float())
    assert (native - other).norm() < 0.01 * other.norm()


@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
@pytest.mark.parametrize("kind", [nn.Conv2d, nn.ConvTranspose2d])
def test_a_kernel_is_the_matrix_of_its_rows(kind: type[nn.Module], layout) -> None:
    """Step by step, and its bias is left to AdamW."""
    torch.manual_seed(0)
    conv = kind(8, 8, 3).to(memory_format=layout)
    dense = nn.Linear(72, 8)
    with torch.no_grad():
        dense.weight.copy_(conv.weight.flatten(1))
        dense.bias.copy_(conv.bias)
    one, two = ours(conv), ours(dense)
    for update in range(3):
        gradient = torch.randn(8, 8, 3, 3, generator=torch.Generator().manual_seed(update))
        conv.weight.grad = gradient.to(memory_format=layout)
        dense.weight.grad = gradient.flatten(1)
        conv.bias.grad = dense.bias.grad = torch.ones(8)
        one.step()
        two.step()
        # Newton and Schulz's iterations are in bf16, and columns in another order round otherwise.
        torch.testing.assert_close(conv.weight.flatten(1), dense.weight, rtol=0, atol=2e-3)
        torch.testing.assert_close(conv.bias, dense.bias)
    one.zero_grad()
    assert conv.weight.grad is None


def test_a_closure_is_evaluated_with_gradients() -> None:
    module = net()
    optimizer = ours(module)

    def closure() -> torch.Tensor:
        optimizer.zero_grad()
        loss = module(torch.ones(2, 6)).square().mean()
        loss.backward()
        return loss

    first = optimizer.step(closure)
    assert optimizer.step(closure) < first
