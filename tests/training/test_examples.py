import numpy as np
import pytest
import torch

from aebench.core.errors import InputError
from aebench.data.examples import examples, split
from aebench.data.prepared import Prepared
from aebench.models import build
from aebench.models.classifier import Classifier

DENSE = {"widths": [8], "unit": "tanh"}
CLASSIFIER = {
    "name": "classifier",
    "image_shape": [1, 6, 6],
    "classes": 4,
    "features": 8,
    "encoder": {"net": "inception", "channels": [16, 16], "unit": "relu", "batch_norm": True},
}
TWO_MAPS = {
    "name": "vae",
    "image_shape": [1, 6, 6],
    "latent": 2,
    "encoder": DENSE,
    "decoder": DENSE,
    "likelihood": "beta-binomial",
}
PIXELCNN = TWO_MAPS | {
    "likelihood": "bernoulli",
    "pixels": {"name": "pixelcnn", "channels": 4, "blocks": 1, "unit": "relu"},
}
SSE = {"name": "reconstruction", "loss": "sse"}
ELBO = {"name": "elbo", "binarization": "none"}


def test_a_row_is_an_image_and_its_label() -> None:
    images = np.random.default_rng(0).integers(0, 256, (300, 3, 2, 5)).astype(np.uint8)
    labels = np.arange(300) % 256
    prepared = Prepared(images, labels, np.repeat([0, 1], [256, 44]).astype(np.uint8), ())
    model = Classifier([3, 2, 5], 256, 4, DENSE)
    rows = examples(prepared, "train", model)
    assert rows.shape == (256, 31) and rows.dtype == torch.uint8
    for given in (rows, rows.float() / 255):
        found, classes = split(given, model.image_shape)
        assert torch.equal(classes, torch.arange(256))
        scale = 255 if given.is_floating_point() else 1
        torch.testing.assert_close(found * scale, torch.from_numpy(images[:256]).to(found.dtype))


def test_other_models_see_images_only(prepared) -> None:
    vae = build(
        {"name": "vae", "image_shape": [1, 6, 6], "latent": 2}
        | dict.fromkeys(("encoder", "decoder"), DENSE)
    )
    assert torch.equal(examples(prepared, "test", vae), torch.from_numpy(prepared.part("test")[0]))


def test_labels_that_do_not_fit_are_named_in_one_line(prepared) -> None:
    without = Prepared(prepared.images, None, prepared.split, ())
    with pytest.raises(InputError, match="model: it needs labels, and these data have none"):
        examples(without, "train", build(CLASSIFIER))
    with pytest.raises(InputError, match=r"model\.classes: 3 .* allowed: 4 or more"):
        examples(prepared, "train", build(CLASSIFIER | {"classes": 3}))


def test_a_classifier_learns_the_labels(spec, trained) -> None:
    run = trained(spec(model=CLASSIFIER, objective={"name": "classify"}, epochs=20))
    assert run.metrics["test"]["accuracy"] > 0.8
    assert run.history[-1]["validation_accuracy"] > run.history[0]["validation_accuracy"]


@pytest.mark.parametrize(
    ("model", "objective", "said"),
    [
        (CLASSIFIER, SSE, "reconstruction needs a code"),
        (TWO_MAPS, SSE, "beta-binomial has more; allowed: the likelihoods bernoulli"),
        (PIXELCNN, SSE, "allowed: model.pixels null"),
        (PIXELCNN, ELBO, "draws 0 and 1; allowed: stochastic, fixed"),
        (CLASSIFIER, ELBO, "elbo needs a likelihood and a posterior"),
    ],
    ids=["reconstruction", "two maps", "pixels", "grey pixels", "elbo"],
)
def test_an_objective_that_does_not_fit_the_model_is_named(
    model, objective, said, spec, trained
) -> None:
    with pytest.raises(InputError, match=said):
        trained(spec(model=model, objective=objective))
