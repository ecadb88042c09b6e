"""The contract of penalties."""

import torch

from aebench.contract import common
from aebench.core.errors import InputError
from aebench.models.encoder_decoder import EncoderDecoder
from aebench.objectives.base import Penalty


def check_value(section: Penalty) -> None:
    """It is a finite scalar with finite gradients."""
    model = _model(section)
    inputs = common.images(8, common.SMALL).requires_grad_()
    code = model.encode(inputs)
    value = section.value(model, *((None, None) if section.of_weights else (inputs, code)))
    common.expect(value, (), "value")
    gradients = torch.autograd.grad(value, list(model.parameters()), allow_unused=True)
    reached = [gradient for gradient in gradients if gradient is not None]
    assert reached, "no gradient reaches a parameter"
    for gradient in reached:
        common.finite(gradient, "gradient")


def check_images(section: Penalty) -> None:
    """It changes neither the inputs nor the weights."""
    model = _model(section)
    inputs = common.images(8, common.SMALL).requires_grad_()
    before = inputs.detach().clone()
    weights = {name: value.clone() for name, value in model.state_dict().items()}
    code = model.encode(inputs)
    section.value(model, *((None, None) if section.of_weights else (inputs, code)))
    assert torch.equal(inputs, before), "it changes the inputs"
    for name, value in model.state_dict().items():
        assert torch.equal(value, weights[name]), f"it changes {name}"


def _model(section: Penalty) -> EncoderDecoder:
    """The first model that the penalty's check lets pass."""
    for candidate in common.models():
        model = candidate.build(common.SMALL)
        if not isinstance(model, EncoderDecoder):
            continue
        try:
            section.check(model)
        except InputError:
            continue
        return model
    raise AssertionError("its check refuses all models that were tried")
