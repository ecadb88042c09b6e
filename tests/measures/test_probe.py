import dataclasses

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from aebench.core.errors import InputError
from aebench.measures.sections.probe import Probe, linear_accuracy, nearest_accuracy
from aebench.measures.stored import measure_or_load

CONFIG = Probe(labelled=[30, 60])


class Quarters(nn.Module):
    """Its code is the place of the brightness, of whose quarter the label is, or nothing."""

    def __init__(self, sharp: bool):
        super().__init__()
        self.sharp = sharp

    def encode(self, images: Tensor) -> Tensor:
        x = images.flatten(1)
        if not self.sharp:
            return torch.zeros_like(x[:, :2]) + 1e-3 * torch.rand(len(x), 2)
        along = torch.arange(6.0)
        places = along.repeat(6), along.repeat_interleave(6)
        return torch.stack([((x * p).sum(1) / x.sum(1)) for p in places], 1)

    def decode(self, codes: Tensor) -> Tensor:
        raise NotImplementedError


def of(subject, model: nn.Module) -> dict[str, float]:
    subject.run.trained = model
    return CONFIG.compute(subject).values


def test_classes_are_read_from_a_code_that_has_them_and_by_chance_from_one_that_has_not(
    perfect,
) -> None:
    torch.manual_seed(0)
    good, empty = (of(perfect(), Quarters(sharp)) for sharp in (True, False))
    assert set(good) == set(CONFIG.columns())
    assert good["neighbours_accuracy_all"] > 0.85
    assert good["linear_accuracy_all"] > 0.6 > 0.5 > empty["linear_accuracy_all"]
    assert good["neighbours_accuracy_30"] > 0.6 > 0.5 > empty["neighbours_accuracy_30"]
    # Of the images, so the same for both.
    images = [name for name in good if name.startswith(("pca_", "pixels_"))]
    assert len(images) == 12
    assert {good[name] == empty[name] for name in images} == {True}


def test_few_labels_are_of_all_classes_though_images_lie_by_class(perfect, prepared) -> None:
    order = np.argsort(prepared.labels, kind="stable")
    by_class = dataclasses.replace(
        prepared,
        images=prepared.images[order],
        labels=prepared.labels[order],
        split=prepared.split[order],
    )
    subject = dataclasses.replace(perfect(), prepared=by_class)
    assert of(subject, Quarters(True))["neighbours_accuracy_30"] > 0.6


def test_the_linear_classifier_reads_what_a_line_parts_and_neighbours_what_none_does() -> None:
    generator = np.random.default_rng(0)
    x = generator.normal(size=(400, 2))
    parted, crossed = (x[:, 0] > 0).astype(int), (x[:, 0] * x[:, 1] > 0).astype(int)

    def of(accuracy, labels: np.ndarray) -> float:
        return accuracy((x[:300], labels[:300]), (x[300:], labels[300:]))

    assert of(linear_accuracy, parted) > 0.95
    assert of(linear_accuracy, crossed) < 0.7 < 0.9 < of(nearest_accuracy, crossed)


def test_it_is_computed_once_for_a_trained_model(trained) -> None:
    assert set(measure_or_load(CONFIG, trained("vae")).values) == set(CONFIG.columns())


def test_what_cannot_be_measured_is_said(perfect, prepared, recipe) -> None:
    model = perfect().run.model()
    with pytest.raises(InputError, match="needs labels"):
        CONFIG.check(model, dataclasses.replace(prepared, labels=None), recipe())
    for labelled in (9, 120):
        with pytest.raises(InputError, match=f"{labelled} is not allowed; allowed: 10 to 119"):
            Probe(labelled=[labelled]).check(model, prepared, recipe())
