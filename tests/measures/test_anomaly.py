from dataclasses import replace

import numpy as np
import pytest
import torch
from sklearn.metrics import roc_auc_score

from aebench.core.errors import InputError
from aebench.core.seeding import seeded
from aebench.measures.sections.anomaly import Anomaly
from aebench.measures.stored import is_measured
from aebench.objectives.reconstruction import sse_of_each

ERROR = Anomaly()
LIKELIHOOD = Anomaly(score="likelihood", samples=5)


def test_the_area_is_scikit_learns_and_how_often_the_anomalous_one_scores_higher(baseline) -> None:
    found = ERROR.compute(baseline("pca", unseen=[2], components=[2]))
    usual, strange = found.arrays["usual"], found.arrays["strange"]
    assert found.values["auroc"] == pytest.approx(
        roc_auc_score([0] * len(usual) + [1] * len(strange), [*usual, *strange])
    )
    assert found.values["auroc"] == pytest.approx((strange[:, None] > usual).mean(), abs=1e-3)


def test_usual_are_test_images_and_anomalous_are_all_with_the_label(baseline, prepared) -> None:
    arrays = ERROR.compute(baseline("isolation-forest", unseen=[2], trees=10)).arrays
    test = prepared.part("test")[1]
    assert len(arrays["usual"]) == (test != 2).sum()
    assert len(arrays["strange"]) == (prepared.labels == 2).sum()


def test_a_net_is_scored_by_its_error_or_its_likelihood(net) -> None:
    subject = net("vae", without=[3])
    by_error, by_likelihood = (one.compute(subject).arrays["usual"] for one in (ERROR, LIKELIHOOD))
    test = torch.from_numpy(subject.seen_data.part("test")[0])
    np.testing.assert_allclose(by_error, sse_of_each(subject.run.model(), test), rtol=1e-4)
    # Nats, of the targets of which there are more with more grey pixels.
    with seeded(0):
        nll = -subject.run.model().log_likelihood(test / 255, 200)
    assert abs(by_likelihood.mean() - nll.mean().item()) < 0.1 * nll.mean().item()
    assert (LIKELIHOOD.compute(subject).arrays["usual"] == by_likelihood).all()


def test_training_without_a_class_never_sees_it(net, prepared) -> None:
    """Were they seen, other images of that class would change what is learned."""
    subject = net("stacked", without=[1], epochs=3)
    altered = np.where((prepared.labels == 1)[:, None, None, None], 7, prepared.images)
    other = net("stacked", without=[1], epochs=3, data=replace(prepared, images=altered))
    assert subject.run.id != other.run.id
    assert subject.run.metrics == other.run.metrics
    assert subject.run.weights.read_bytes() == other.run.weights.read_bytes()
    whole = net("stacked", epochs=3)
    assert whole.run.weights.read_bytes() != subject.run.weights.read_bytes()


def test_anomalies_may_be_another_data_set(
    baseline, recipe, net, prepared, tmp_path, monkeypatch
) -> None:
    monkeypatch.chdir(tmp_path)
    config = Anomaly(against="noise")
    images = np.random.default_rng(0).integers(0, 256, prepared.images.shape).astype(np.uint8)
    path = tmp_path / "data" / "noise" / "prepared.safetensors"
    replace(prepared, images=images).save(path)
    subject = baseline("pca", components=[4])
    config.check(subject.baseline, prepared, recipe())
    first = config.depends_on()
    for input, scores in ((subject, ["error"]), (net("vae"), ["error", "likelihood"])):
        for score in scores:
            found = config.model_copy(update={"score": score}).compute(input)
            assert found.values["auroc"] > 0.99 and len(found.arrays["strange"]) == 40
    # What is kept is of these data, not of others under the same name.
    assert not is_measured(config, subject)
    replace(prepared, images=images[::-1]).save(path)
    assert config.depends_on() != first
    replace(prepared, images=images[:, :, :5]).save(path)
    with pytest.raises(InputError, match=r"are \[1, 5, 6\]; allowed: \[1, 6, 6\]"):
        config.check(subject.baseline, prepared, recipe())
