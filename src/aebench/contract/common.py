"""Checks of members of every kind, and helpers of the other checks."""

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

from aebench.core.registry import Kind

if TYPE_CHECKING:
    from torch import Tensor, nn

    from aebench.data.prepared import Prepared
    from aebench.models.base import Model

# Grey and colour, of other sizes than 28 x 28, not square, odd.
SHAPES = ((1, 28, 28), (1, 9, 6), (3, 8, 11))
SMALL = (1, 6, 6)


class NotApplicable(Exception):
    """Raised by a check that does not apply to the member."""


def applies_to(applies: bool) -> None:
    """Raise NotApplicable unless the check applies to the member."""
    if not applies:
        raise NotApplicable


def check_config_round_trip(section: Kind) -> None:
    """Its config is the same after being written and read."""
    again = type(section).member(section.model_dump(mode="json"))
    assert again == section, f"{section!r} was read back as {again!r}"


def check_methods(section: Kind) -> None:
    """It defines all that its kind requires."""
    lacks = type(section).lacks()
    assert not lacks, f"{', '.join(lacks)} is missing"


def sizes(shape: Iterable[int]) -> str:
    """E.g. `4 x 1 x 28 x 28`."""
    return " x ".join(map(str, shape)) or "a scalar"


def expect(output: Any, shape: Iterable[int], what: str) -> None:
    """Assert that a tensor has this shape and finite numbers."""
    actual = tuple(getattr(output, "shape", ()))
    kind = sizes(actual) if hasattr(output, "shape") else type(output).__name__
    assert actual == tuple(shape) and hasattr(output, "shape"), (
        f"{what}: {kind}; expected {sizes(shape)}"
    )
    finite(output, what)


def finite(tensor: "Tensor", what: str) -> None:
    """Assert that all values are finite."""
    import torch

    assert torch.isfinite(tensor.detach()).all(), f"{what}: not all numbers are finite"


def images(count: int, shape: Iterable[int], seed: int = 0) -> "Tensor":
    """Smooth float images in [0, 1], multiples of 1/255."""
    import torch

    from aebench.data.pixels import to_float, to_uint8

    generator = torch.Generator().manual_seed(seed)
    noise = torch.rand(count, *shape, generator=generator)
    smooth = torch.nn.functional.avg_pool2d(noise, 3, stride=1, padding=1)
    return to_float(to_uint8(smooth.clamp(0, 1)))


def same_seed_same_bytes(build: Callable[[], "nn.Module"], inputs: "Tensor") -> None:
    """Assert that initial weights and a training pass depend on the seed alone."""
    import torch

    from aebench.core.seeding import seeded

    results = []
    for disturbance in range(2):
        torch.manual_seed(disturbance)
        with seeded("same"):
            net = build().train()
            output = net(inputs)
        results.append((net.state_dict(), output.detach()))
    (weights, first), (others, second) = results
    for name in weights:
        assert torch.equal(weights[name], others[name]), f"{name} differs each time"
    assert torch.equal(first, second), "the output in training differs each time"


def gradients_reach_all(net: "nn.Module", loss: "Tensor") -> None:
    """Assert that each parameter gets a gradient, finite and not all zero."""
    import torch

    for parameter in net.parameters():
        parameter.grad = None
    loss.backward()
    names = [name for name, parameter in net.named_parameters() if parameter.requires_grad]
    assert names, "it has no parameters"
    parameters = dict(net.named_parameters())
    for name in names:
        gradient = parameters[name].grad
        assert gradient is not None, f"no gradient reaches {name}"
        assert torch.isfinite(gradient).all(), f"the gradient of {name} is not finite"
        assert gradient.any(), f"the gradient of {name} is 0"


def independent_of_batch(function: Callable[["Tensor"], "Tensor"], inputs: "Tensor") -> None:
    """Assert that in evaluation an output is the same each time, whatever else is in the batch.

    A record on MNIST used statistics of the test batch: 75.6 nats with them, 80.8 without.
    """
    import torch

    with torch.no_grad():
        first, again, alone = function(inputs), function(inputs), function(inputs[:1])
    assert torch.equal(first, again), "evaluation gives other outputs each time"
    error = (first[:1] - alone).abs().max().item()
    scale = 1 + alone.abs().max().item()
    assert error < 1e-4 * scale, (
        f"an image's output depends on the rest of the batch: it differs by {error:.2g}"
    )


def state_dict_round_trip(
    build: Callable[[], "nn.Module"], output: Callable[["nn.Module"], "Tensor"]
) -> None:
    """Assert that a net with another's state_dict has its outputs: nothing learned is missing."""
    import torch

    torch.manual_seed(0)
    net = build()
    # A training pass changes running statistics.
    net.train()
    output(net)
    torch.manual_seed(1)
    other = build()
    other.load_state_dict(net.state_dict())
    with torch.no_grad():
        first, second = output(net.eval()), output(other.eval())
    assert torch.equal(first, second), "its state_dict lacks values that its output depends on"


def each_shape() -> Iterator[tuple[tuple[int, ...], str]]:
    """Each of the SHAPES, and a name of its images for messages."""
    for shape in SHAPES:
        yield shape, f"images of {sizes(shape)}"


def prepared(shape: tuple[int, int, int] = SMALL) -> "Prepared":
    """200 images with a bright blob each, of four classes: 120 train, 40 validation, 40 test."""
    import numpy as np

    from aebench.data.prepared import Prepared

    generator = np.random.default_rng(0)
    channels, height, width = shape
    y, x = np.mgrid[:height, :width]
    centre = generator.uniform(0, 1, (200, 2, 1, 1)) * [[[height - 1]], [[width - 1]]]
    blobs = np.exp(-((y - centre[:, 0]) ** 2 + (x - centre[:, 1]) ** 2) / 3)
    half = np.array([height - 1, width - 1]) / 2
    quarter = (centre.reshape(200, 2) > half) @ [1, 2]
    pixels = (255 * np.repeat(blobs[:, None], channels, 1)).astype(np.uint8)
    split = np.repeat([0, 1, 2], [120, 40, 40]).astype(np.uint8)
    return Prepared(pixels, quarter, split, tuple("abcd"))


def models() -> "list[Model]":
    """Small models of several kinds."""
    from aebench.models.base import Model

    dense = {"widths": [8], "unit": "tanh"}
    nets = {"encoder": dense, "decoder": dense}
    return [
        Model.member(description)
        for description in (
            {"name": "autoencoder", "code": 2, **nets},
            {"name": "vae", "latent": 2, **nets},
            {"name": "vae", "latent": 2, "likelihood": "beta-binomial", **nets},
            {"name": "classifier", "classes": 4, "features": 6, "encoder": dense},
            {"name": "conditional-vae", "classes": 4, "latent": 2, **nets},
            {"name": "stacked", "widths": [8, 2], "unit": "sigmoid", "code": "sigmoid"},
        )
    ]
