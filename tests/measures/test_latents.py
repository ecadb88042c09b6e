import dataclasses

import pytest
import torch
from torch import Tensor, nn

from aebench.core.errors import InputError
from aebench.measures.sections.latents import Latents
from aebench.measures.stored import measure_or_load

CONFIG = Latents(neighbours=3)


class Quarters(nn.Module):
    """Its code says which quarter of the image is bright, which is what the labels are."""

    def __init__(self, sharp: bool):
        super().__init__()
        self.sharp = sharp

    def encode(self, images: Tensor) -> Tensor:
        x = images.flatten(1)
        along = torch.arange(6.0, device=x.device)
        position = along.repeat(6), along.repeat_interleave(6)
        code = torch.stack([(x * p).sum(1) / x.sum(1) > 2.5 for p in position], 1)
        return code.float() + 1e-3 * x[:, :2] if self.sharp else torch.rand_like(x[:, :2])

    def decode(self, codes: Tensor) -> Tensor:
        raise NotImplementedError


def of(subject, model: nn.Module) -> dict[str, float]:
    subject.run.trained = model
    return CONFIG.compute(subject).values


def test_codes_that_are_the_classes_lie_by_class_and_others_do_not(perfect) -> None:
    torch.manual_seed(0)
    by_class, at_random = (of(perfect(), Quarters(sharp)) for sharp in (True, False))
    assert by_class["neighbour_accuracy"] > 0.9 > 0.5 > at_random["neighbour_accuracy"]
    assert by_class["silhouette"] > 0.7 > 0.2 > at_random["silhouette"]
    # Of the images, so the same for both.
    assert by_class["pca_neighbour_accuracy"] == at_random["pca_neighbour_accuracy"]
    assert "marginal_kl" not in by_class


def test_of_a_vae_it_knows_the_divergence_of_all_codes_from_the_prior(trained) -> None:
    kept = measure_or_load(CONFIG, trained("vae"))
    assert set(kept.values) == set(CONFIG.columns())
    assert kept.arrays["codes"].shape == (40, 2)
    assert "marginal_kl" not in measure_or_load(CONFIG, trained("ae")).values


def test_what_cannot_be_measured_is_said(perfect, prepared, recipe) -> None:
    model = perfect().run.model()
    with pytest.raises(InputError, match="needs labels"):
        CONFIG.check(model, dataclasses.replace(prepared, labels=None), recipe())
    many = CONFIG.model_copy(update={"neighbours": 121})
    with pytest.raises(InputError, match="neighbours: 121 is not allowed; allowed: up to 120"):
        many.check(model, prepared, recipe())
