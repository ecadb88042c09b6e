"""The contract of models of images."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from aebench.contract import common
from aebench.models.base import Model
from aebench.models.encoder_decoder import EncoderDecoder
from aebench.models.latent import LatentVariableModel


def check_shapes(section: Model) -> None:
    """Codes and images have their shapes for grey and colour, other sizes and a batch of one."""
    for shape, what in common.each_shape():
        model = section.build(shape).eval()
        image_shape = tuple(getattr(model, "image_shape", ()))
        assert image_shape == shape, f"image_shape is {image_shape}, not {shape}"
        for count in (4, 1):
            images = common.images(count, shape)
            with torch.no_grad():
                if not isinstance(model, EncoderDecoder):
                    common.finite(model(images), what)
                    continue
                codes = model.encode(images)
                assert codes.ndim == 2 and len(codes) == count, (
                    f"codes are {common.sizes(codes.shape)}; expected {count} x code size"
                )
                decoded = model.decode(codes)
                common.expect(decoded, (count, *shape), f"decoded {what}")
                assert decoded.min() >= 0 and decoded.max() <= 1, "decoded pixels leave [0, 1]"
                if isinstance(model, LatentVariableModel):
                    common.expect(model.sample(count), (count, *shape), f"sampled {what}")


def check_gradients(section: Model) -> None:
    """Finite gradients reach all parameters."""
    for shape, _ in common.each_shape():
        model = section.build(shape).train()
        loss = _output(model, common.images(8, shape))
        common.gradients_reach_all(model, loss)


def check_seed(section: Model) -> None:
    """The same seed gives the same bytes."""
    common.same_seed_same_bytes(
        lambda: _OutputOnly(section.build(common.SHAPES[0])), common.images(4, common.SHAPES[0])
    )


def check_evaluation(section: Model) -> None:
    """In evaluation an image's result is the same each time, whatever else is in the batch."""
    shape = common.SHAPES[0]
    model = section.build(shape)
    _output(model.train(), common.images(8, shape, seed=1))
    function = model.eval().reconstruct if isinstance(model, EncoderDecoder) else model.eval()
    common.independent_of_batch(function, common.images(8, shape))


def check_state(section: Model) -> None:
    """Its state_dict holds all that it has learned."""
    shape = common.SHAPES[0]
    batch = common.images(8, shape)

    def output(model: nn.Module) -> Tensor:
        torch.manual_seed(0)
        return model.reconstruct(batch) if isinstance(model, EncoderDecoder) else model(batch)

    common.state_dict_round_trip(lambda: section.build(shape), output)


def check_bound(section: Model) -> None:
    """Its ELBO is not above its likelihood, estimated with many importance samples."""
    model = section.build(common.SMALL).eval()
    if not isinstance(model, LatentVariableModel):
        raise common.NotApplicable
    batch = common.images(1, common.SMALL).round()
    with torch.no_grad():
        likelihood = model.log_likelihood(batch, 20_000).item()
        elbo = torch.stack([model.elbo(batch) for _ in range(400)]).double()
    error = elbo.std().item() / 20
    assert elbo.mean().item() <= likelihood + 4 * error + 1e-3, (
        f"the ELBO is {elbo.mean().item():.3f}, and log p(x) {likelihood:.3f} nats"
    )


class _OutputOnly(nn.Module):
    """Wraps a model to map images to `_output`."""

    def __init__(self, model: nn.Module):
        super().__init__()
        self.model = model

    def forward(self, images: Tensor) -> Tensor:
        return _output(self.model, images)


def _output(model: nn.Module, images: Tensor) -> Tensor:
    """A scalar that depends on all of the model's parameters."""
    if isinstance(model, LatentVariableModel):
        log_likelihood, kl = model.elbo_terms(images.round())
        return (kl.sum(1) - log_likelihood).mean()
    forward: Callable[[Tensor], Tensor] = (
        model.logits if isinstance(model, EncoderDecoder) else model
    )
    output = forward(images)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return (output * torch.randn_like(output)).sum()
