"""The contract of penalties."""

import torch
from torch import nn

from aebench.contract import common
from aebench.core.errors import InputError
from aebench.objectives.base import Penalty


def check_value(section: Penalty) -> None:
    """It is a finite scalar with finite gradients."""
    model = _model(section)
    inputs = common.images(8, common.SMALL).requires_grad_()
    code = model.encode(inputs)
    given = (None, None) if section.of_weights else (inputs, code)
    value = section.value(model, *given)
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
    given = (None, None) if section.of_weights else (inputs, model.encode(inputs))
    section.value(model, *given)
    assert torch.equal(inputs, before), "the inputs are others afterwards"
    for name, value in model.state_dict().items():
        assert torch.equal(value, weights[name]), f"{name} is another one afterwards"


def _model(section: Penalty) -> nn.Module:
    for candidate in common.models():
        model = candidate.build(common.SMALL)
        if not hasattr(model, "encode"):
            continue
        try:
            section.check(model)
        except InputError:
            continue
        return model
    raise AssertionError("its check refuses all models that were tried")
