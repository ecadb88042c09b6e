"""The linear path beside an autoencoder's nets: it begins as PCA."""

import numpy as np
import pytest
import torch
from sklearn.datasets import load_digits

from aebench.data.pca import PcaCodec
from aebench.data.prepared import Prepared
from aebench.models import build
from aebench.objectives.reconstruction import sse_of_each
from aebench.training.runs import RunSpec, RunStore
from aebench.training.train import train_run

DENSE = {"widths": [9], "unit": "silu", "batch_norm": True}
MODEL = {"name": "autoencoder", "linear": "pca", "encoder": DENSE, "decoder": DENSE}
DIGITS = np.rint(load_digits().images * 255 / 16).astype(np.uint8)[:300, None]


def begun(images: np.ndarray, code: int):
    model = build({**MODEL, "code": code, "image_shape": list(images.shape[1:])})
    assert model.begin(torch.from_numpy(images))
    return model.eval()


def test_it_begins_with_the_error_of_pca_cut_off_at_0_and_1() -> None:
    images = torch.from_numpy(DIGITS)
    model, pca = begun(DIGITS, 8), PcaCodec(DIGITS, 8)
    cut_off = pca.reconstruct(DIGITS / 255).clip(0, 1)
    assert np.allclose(model.reconstruct(images / 255).detach(), cut_off, atol=1e-5)
    assert sse_of_each(model, images).mean() < pca.sse_per_image(DIGITS)


def test_codes_are_uncorrelated_with_a_mean_variance_of_1() -> None:
    codes = begun(DIGITS, 8).encode(torch.from_numpy(DIGITS) / 255).detach().double()
    covariance = codes.T.cov(correction=0)
    assert torch.allclose(covariance, torch.diag(covariance.diag()), atol=1e-4)
    assert covariance.trace().item() / 8 == pytest.approx(1, abs=1e-4)
    assert codes.mean(0).abs().max() < 1e-4


def test_fewer_images_than_dimensions_leave_the_other_ones_0() -> None:
    few = DIGITS[:5]
    model = begun(few, 8)
    assert (model.encode(torch.from_numpy(few) / 255)[:, 5:] == 0).all()
    assert sse_of_each(model, torch.from_numpy(few)).max() < 1e-6


def test_images_that_are_all_the_same_begin_at_their_mean() -> None:
    same = np.repeat(DIGITS[:1], 20, 0)
    assert sse_of_each(begun(same, 3), torch.from_numpy(same)).max() < 1e-6


@pytest.mark.parametrize("linear", ["pca", "random"])
def test_a_training_that_only_harms_ends_where_it_began_if_that_was_pca(linear, tmp_path) -> None:
    split = np.repeat([0, 1, 2], 100).astype(np.uint8)
    spec = RunSpec.model_validate(
        {
            "model": {**MODEL, "code": 8, "linear": linear},
            "objective": {"name": "reconstruction", "loss": "sse"},
            "training": {
                "epochs": 2,
                "batch_size": 20,
                "optimizer": {"name": "sgd", "lr": 30.0},
                "schedule": {"name": "constant"},
                "clip_norm": 1.0,
            },
            "precision": "fp32",
            "threads": 1,
            "data": "0" * 16,
            "image_shape": [1, 8, 8],
            "seed": 0,
        }
    )
    prepared = Prepared(DIGITS, None, split, ())
    run = train_run(spec, prepared, "harm", RunStore(tmp_path), progress=False)
    assert (run.record["best_epoch"] == 0) == (linear == "pca")
    train, validation = DIGITS[:100], DIGITS[100:200]
    of_pca = PcaCodec(train, 8).sse_per_image(validation)
    assert (run.metrics["validation"]["sse_per_image"] < of_pca) == (linear == "pca")
    # The rows are those of the epochs.
    assert [row["epoch"] for row in run.history] == [1, 2]
