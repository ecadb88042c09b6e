import dataclasses

import numpy as np
import pytest
import torch

from aebench.core.errors import InputError
from aebench.measures.real import shuffled
from aebench.measures.sections.generation import IMAGE_SETS, Generation
from aebench.measures.stored import measure_or_load

CONFIG = Generation(images=40, components=2, classifier_epochs=1)


def test_an_autoencoder_that_keeps_everything_reconstructs_real_images(perfect) -> None:
    found = CONFIG.compute(perfect())
    values = found.values
    assert set(values) == set(CONFIG.columns())
    assert values["small_inception_frechet_reconstructions"] == pytest.approx(0, abs=1e-6)
    assert values["small_inception_precision_reconstructions"] == 1
    assert values["small_inception_recall_reconstructions"] == 1
    # Real images are near each other, noise is near none.
    near, far = (values[f"small_inception_frechet_{way}"] for way in ("train", "standard"))
    assert far > 10 * near
    assert 0 <= values["small_inception_accuracy"] <= 1
    assert set(found.arrays) == {"test", *IMAGE_SETS}
    for images in found.arrays.values():
        assert images.shape == (12, 1, 6, 6) and images.dtype == np.uint8


def test_images_are_in_an_order_that_is_the_same_for_all_models(prepared) -> None:
    one = shuffled(prepared, "test")
    images = torch.from_numpy(prepared.part("test")[0])
    assert torch.equal(one, shuffled(prepared, "test"))
    assert not torch.equal(one.cpu(), images)
    assert one.flatten(1).sum(1).sort().values.tolist() == (
        images.flatten(1).sum(1).sort().values.tolist()
    )


@pytest.mark.parametrize("kind", ["ae", "vae"])
def test_of_trained_models_it_is_kept_and_its_classifier_is_a_run(kind, trained) -> None:
    subject = trained(kind)
    kept = measure_or_load(CONFIG, subject)
    assert set(kept.values) == set(CONFIG.columns())
    assert np.isfinite(list(kept.values.values())).all()
    assert len(list(subject.store.root.glob("*/run.json"))) == 2
    written = kept.record.stat().st_mtime_ns
    assert measure_or_load(CONFIG, subject).record.stat().st_mtime_ns == written
    assert kept.arrays["mixture"].shape == (12, 1, 6, 6)


@pytest.mark.parametrize(
    ("images", "labelled", "said"),
    [(41, True, "images: 41 is not allowed; allowed: 4 to 40"), (40, False, "needs labels")],
)
def test_what_cannot_be_measured_is_said(images, labelled, said, perfect, prepared, recipe) -> None:
    config = CONFIG.model_copy(update={"images": images})
    data = prepared if labelled else dataclasses.replace(prepared, labels=None)
    with pytest.raises(InputError, match=said):
        config.check(perfect().run.model(), data, recipe())
