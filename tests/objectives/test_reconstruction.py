import math

import pytest
import torch
from torch.nn import functional as F

from aebench.models.stacked import StackedAutoencoder
from aebench.objectives.corruptions.masking import Masking
from aebench.objectives.reconstruction import pixel_loss, sse_of_each
from aebench.objectives.sections.reconstruction import LayerReconstruction, Reconstruction

LOSSES = pytest.mark.parametrize("loss", ["sse", "bce"])


def net(widths: list[int] | None = None) -> StackedAutoencoder:
    torch.manual_seed(0)
    return StackedAutoencoder([1, 3, 2], widths or [4, 2], "tanh")


def grey(count: int) -> torch.Tensor:
    generator = torch.Generator().manual_seed(0)
    return torch.randint(256, (count, 1, 3, 2), generator=generator, dtype=torch.uint8)


def test_losses_are_summed_over_pixels_and_averaged_over_images() -> None:
    logits, images = torch.randn(5, 3, 4, 2), torch.rand(5, 3, 4, 2)
    p = logits.sigmoid()
    squares = sum((p[i] - images[i]).square().sum() for i in range(5)) / 5
    crosses = -(images * p.log() + (1 - images) * (1 - p).log())
    torch.testing.assert_close(pixel_loss(logits, images, "sse"), squares)
    torch.testing.assert_close(pixel_loss(logits, images, "bce"), crosses.sum() / 5)


def test_cross_entropy_is_least_where_the_output_is_the_image() -> None:
    images = torch.rand(1, 1, 3, 2).clamp(0.05, 0.95).double()
    logits = images.logit().requires_grad_()
    loss = F.binary_cross_entropy_with_logits(logits, images, reduction="sum")
    (gradient,) = torch.autograd.grad(loss, logits)
    torch.testing.assert_close(gradient, torch.zeros_like(gradient))
    assert pixel_loss(logits, images, "bce") < pixel_loss(logits + 0.1, images, "bce")


@LOSSES
@pytest.mark.parametrize("name", ["reconstruction", "layer"])
@pytest.mark.parametrize("corruption", [0.0, 0.3])
def test_gradients_are_those_of_finite_differences(
    name: str, loss: str, corruption: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Losses are computed in float32 on purpose; here that would drown the differences.
    monkeypatch.setattr(torch.Tensor, "float", torch.Tensor.double)
    kind = {"reconstruction": Reconstruction, "layer": LayerReconstruction}[name]
    objective = kind(loss=loss, corruption=corruption).build()
    model = net().double()
    trainable = objective.trainable(model)
    batch = objective.inputs(model, grey(5)).double()
    batch = batch / 255 if name == "reconstruction" else batch

    def value(*parameters: torch.Tensor) -> torch.Tensor:
        torch.manual_seed(1)
        return torch.func.functional_call(
            Loss(objective, trainable), dict(zip(names, parameters, strict=True)), (batch,)
        )

    names = [f"trainable.{key}" for key, _ in trainable.named_parameters()]
    assert torch.autograd.gradcheck(value, tuple(trainable.parameters()))


class Loss(torch.nn.Module):
    def __init__(self, objective, trainable: torch.nn.Module):
        super().__init__()
        self.objective, self.trainable = objective, trainable

    def forward(self, batch: torch.Tensor) -> torch.Tensor:
        return self.objective(self.trainable, batch, epoch=0.0)["loss"]


@LOSSES
@pytest.mark.parametrize("name", ["reconstruction", "layer"])
def test_the_input_is_corrupted_and_the_target_is_not(name: str, loss: str) -> None:
    kind = {"reconstruction": Reconstruction, "layer": LayerReconstruction}[name]
    model = net()
    noisy, clean = (kind(loss=loss, corruption=rate).build() for rate in (0.5, 0.0))
    trainable = noisy.trainable(model)
    batch = noisy.inputs(model, grey(50)).float()
    batch = batch / 255 if name == "reconstruction" else batch
    torch.manual_seed(0)
    masked = Masking(name="masking", rate=0.5).corrupt(batch)
    torch.manual_seed(0)
    loss_of_masked = noisy(trainable, batch, 0.0)["loss"]
    output = trainable.logits(masked)
    if name == "reconstruction":
        expected = pixel_loss(output, batch, loss)
    else:
        expected = (output - batch).square().sum(1).mean()
    torch.testing.assert_close(loss_of_masked, expected)
    # Validation compares settings, so it sees no noise.
    torch.testing.assert_close(
        noisy.validate(trainable, batch)["loss"], clean(trainable, batch, 0.0)["loss"]
    )


def test_a_layer_learns_from_codes_and_the_first_one_from_images() -> None:
    objective = LayerReconstruction(loss="sse").build()
    first, second = net([4]), net([4, 2])
    images = grey(2500)
    assert objective.trainable(first) is first
    assert objective.inputs(first, images) is images
    codes = objective.inputs(second, images)
    torch.testing.assert_close(codes, second.outer_codes(images / 255))
    assert not codes.requires_grad
    trained = {id(p) for p in objective.trainable(second).parameters()}
    frozen = [second.encoder.layers[0], second.decoder.layers[1]]
    assert not trained & {id(p) for layer in frozen for p in layer.parameters()}


@LOSSES
def test_results_are_stated_in_squared_error_whatever_is_minimized(loss: str) -> None:
    objective = Reconstruction(loss=loss).build()
    model, images = net(), grey(2500)
    squares = (model.reconstruct(images / 255) - images / 255).square().flatten(1).sum(1)
    torch.testing.assert_close(sse_of_each(model, images).float(), squares.detach())
    expected = pytest.approx(squares.mean().item(), rel=1e-5)
    assert objective.metrics(model, images)["sse_per_image"] == expected
    assert objective.validate(model, images / 255)["sse_per_image"].item() == expected


def test_cross_entropy_is_measured_where_it_is_minimized() -> None:
    """A mean over pixels: log 2 for a net that paints everything grey."""
    blank = net()
    for parameter in blank.parameters():
        torch.nn.init.zeros_(parameter)
    by_loss = {
        loss: Reconstruction(loss=loss).build().metrics(blank, grey(5)) for loss in ("bce", "sse")
    }
    assert by_loss["bce"]["bce_per_pixel"] == pytest.approx(math.log(2), rel=1e-6)
    assert list(by_loss["sse"]) == ["sse_per_image"]
