import math

import pytest
import torch

from aebench.core.errors import InputError
from aebench.models.classifier import Classifier
from aebench.models.vae import VAE
from aebench.objectives.sections.classify import Classify

DENSE = {"widths": [5], "unit": "tanh"}


def classifier() -> Classifier:
    torch.manual_seed(0)
    return Classifier([1, 2, 3], 4, 5, DENSE)


def rows(count: int) -> torch.Tensor:
    generator = torch.Generator().manual_seed(0)
    pixels = torch.randint(256, (count, 6), generator=generator)
    labels = torch.randint(4, (count, 1), generator=generator)
    return torch.cat([pixels, labels], dim=1).byte()


def test_the_loss_is_the_cross_entropy_of_the_labels() -> None:
    model, data = classifier(), rows(50)
    terms = Classify().build()(model, data.float() / 255, 0.0)
    probabilities = model(data[:, :6].reshape(50, 1, 2, 3) / 255).softmax(1)
    chosen = probabilities[torch.arange(50), data[:, 6].long()]
    torch.testing.assert_close(terms["loss"], -chosen.log().mean())


def test_one_that_says_the_same_of_all_images_is_right_by_chance() -> None:
    model, data = classifier(), rows(2500)
    for parameter in model.head.parameters():
        torch.nn.init.zeros_(parameter)
    metrics = Classify().build().metrics(model, data)
    assert metrics["cross_entropy"] == pytest.approx(math.log(4), rel=1e-6)
    assert metrics["accuracy"] == pytest.approx((data[:, 6] == 0).double().mean().item())


def test_features_are_what_the_last_layer_decides_by() -> None:
    model, images = classifier(), torch.rand(7, 1, 2, 3)
    features = model.features(images)
    assert features.shape == (7, 5) and features.min() >= 0
    torch.testing.assert_close(model.head(features), model(images))


def test_gradients_are_those_of_finite_differences(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.Tensor, "float", torch.Tensor.double)
    model, batch = classifier().double(), rows(5).double() / 255
    objective = Classify().build()
    names = [name for name, _ in model.named_parameters()]

    def value(*parameters: torch.Tensor) -> torch.Tensor:
        def call(images: torch.Tensor) -> torch.Tensor:
            named = dict(zip(names, parameters, strict=True))
            return torch.func.functional_call(model, named, (images,))

        call.image_shape = model.image_shape
        return objective.validate(call, batch)["loss"]

    assert torch.autograd.gradcheck(value, tuple(model.parameters()))


def test_a_model_that_is_no_classifier_is_named() -> None:
    with pytest.raises(InputError, match="classify needs the model 'classifier'"):
        Classify().build().trainable(VAE([1, 2, 3], 2, DENSE, DENSE))
