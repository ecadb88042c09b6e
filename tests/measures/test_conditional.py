"""Images of a class that is asked for."""

from dataclasses import replace

import numpy as np
import pytest

from aebench.core.errors import InputError
from aebench.data.split import TRAIN
from aebench.measures import features
from aebench.measures.sections.conditional import SHOWN, Conditional

CONFIG = Conditional(images=40, classifier_epochs=30)


@pytest.fixture(autouse=True)
def more_updates(monkeypatch) -> None:
    """As many as larger data give the classifier."""
    fewer = features.TRAINING.model_copy(update={"batch_size": 10})
    monkeypatch.setattr(features, "TRAINING", fewer)


@pytest.mark.parametrize("name", ["conditional-vae", "vae", "stacked"])
def test_most_are_read_as_the_class_that_was_asked_for(name: str, net) -> None:
    """By chance a quarter would be."""
    found = CONFIG.compute(net(name, epochs=60))
    assert found.values.keys() == set(CONFIG.columns())
    assert found.values["small_inception_accuracy"] > 0.8
    assert found.values["read_as_asked"] > 0.5
    assert found.arrays["made"].shape == (4, SHOWN, 1, 6, 6)
    # Rows are classes: the quarter of the image that is bright.
    means = found.arrays["made"].mean((1, 2))
    quarters = [means[c, 3 * (c % 2) :, 3 * (c // 2) :][:3, :3].mean() for c in range(4)]
    assert all(quarter > means[c].mean() for c, quarter in enumerate(quarters))


def test_without_labels_there_is_nothing_to_ask_for(net, prepared, recipe) -> None:
    bare = replace(prepared, labels=None, classes=())
    model = net("vae", epochs=1).run.model()
    with pytest.raises(InputError, match="it needs labels"):
        CONFIG.check(model, bare, recipe("vae"))


@pytest.mark.parametrize("count", [0, 1])
def test_each_class_needs_codes_for_its_gaussian(count: int, net, prepared, recipe) -> None:
    labels = prepared.labels.copy()
    of_class = np.flatnonzero((prepared.split == TRAIN) & (labels == 2))
    labels[of_class[count:]] = 3
    scarce = replace(prepared, labels=labels)
    with pytest.raises(InputError, match=f"{count} training images of class 'c'; allowed: 2 "):
        CONFIG.check(net("vae", epochs=1).run.model(), scarce, recipe("vae"))
    model = net("conditional-vae", epochs=1).run.model()
    CONFIG.check(model, scarce, recipe("conditional-vae"))
