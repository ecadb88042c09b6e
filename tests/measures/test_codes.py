import pytest
import torch

from aebench.core.errors import InputError
from aebench.data.pixels import to_float
from aebench.measures import codes
from aebench.models import build


def moments(images: torch.Tensor) -> tuple[float, float]:
    return images.mean().item(), images.std().item()


def test_an_autoencoder_is_given_the_gaussian_that_its_codes_have(perfect) -> None:
    subject = perfect()
    learned = 3 + 0.5 * torch.randn(2000, 36, generator=torch.Generator().manual_seed(0))
    images = codes.images_from_prior(subject, subject.run.model(), learned, 500)
    assert images.shape == (500, 1, 6, 6)
    assert moments(images) == pytest.approx((3, 0.5), abs=0.02)


def test_what_was_trained_towards_a_prior_has_that_prior(perfect) -> None:
    subject = perfect(penalties=[{"name": "mmd", "weight": 1.0}])
    images = codes.images_from_prior(subject, subject.run.model(), torch.full((50, 36), 3.0), 500)
    assert moments(images) == pytest.approx((0, 1), abs=0.02)
    again = codes.images_from_prior(subject, subject.run.model(), torch.zeros(50, 36), 500)
    assert torch.equal(images, again)


def test_a_vae_has_its_own_and_codes_that_are_drawn(trained) -> None:
    subject = trained("vae")
    model = subject.run.model()
    images = torch.from_numpy(subject.prepared.part("test")[0])
    targets = codes.training_targets(subject, images)
    assert set(targets.unique().tolist()) == {0, 255}
    means, draws = codes.encode(model, targets), codes.sample_codes(model, targets, seed=0)
    _, log_var = model.posterior(to_float(targets))
    # In units of the posterior's deviations they are standard normal.
    noise = (draws - means) / (0.5 * log_var).exp()
    assert noise.std().item() == pytest.approx(1, abs=0.25)
    assert codes.images_from_prior(subject, model, draws, 7).shape == (7, 1, 6, 6)


def test_a_classifier_has_no_code() -> None:
    dense = {"widths": [4], "unit": "tanh"}
    model = build(
        {
            "name": "classifier",
            "image_shape": [1, 6, 6],
            "classes": 4,
            "features": 3,
            "encoder": dense,
        }
    )
    with pytest.raises(InputError, match="latents: the model has no code; allowed"):
        codes.check("latents", model)
