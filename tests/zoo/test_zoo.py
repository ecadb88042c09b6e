"""Models that come with the package: whole, small, as good as their cards say, usable anywhere."""

import os
from pathlib import Path

import numpy as np
import pytest
import torch
from committed import committed

import aebench
from aebench.commands.named.locate import locate
from aebench.config.params import load_params
from aebench.core.errors import InputError
from aebench.data.idx_files import IdxFiles
from aebench.data.preparation import prepare_data
from aebench.zoo import cards
from aebench.zoo.measure import of_each

FILES = os.environ.get("AEBENCH_DATA_DIR")
# The first test images of each data set.
FIRST = np.load(Path(__file__).parent / "first_test_images.npz")


def test_they_are_few_megabytes():
    assert 5 <= len(cards.names()) <= 8
    assert sum(path.stat().st_size for path in cards.FOLDER.iterdir()) < 10e6


@pytest.mark.parametrize("name", cards.names())
def test_one_is_as_good_on_a_few_images_as_its_card_says(name: str):
    card = cards.card(name)
    images = FIRST[card.dataset]
    assert len(images) == cards.FEW
    values = of_each(card.metric, aebench.load(name), torch.from_numpy(images))
    # Sums in another order on another processor.
    assert values.mean().item() == pytest.approx(card.few, rel=2e-3)


@pytest.mark.slow
@pytest.mark.parametrize("name", cards.names())
def test_a_card_s_number_is_that_of_all_test_images(name: str):
    card = cards.card(name)
    source = load_params(committed() / "params.yaml").sets[card.dataset]
    if isinstance(source, IdxFiles) and FILES is None:
        pytest.skip("needs the files of full MNIST and Fashion-MNIST")
    images = torch.from_numpy(prepare_data(source)[0].part("test")[0])
    values = of_each(card.metric, aebench.load(name), images)
    assert values.mean().item() == pytest.approx(card.number, rel=2e-3)
    assert card.low < card.number < card.high


def test_a_name_is_enough_in_any_folder(tmp_path: Path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert aebench.load("mnist-vae").sample(3).shape == (3, 1, 28, 28)
    assert locate("mnist-vae").dataset == "mnist"
    # What lies here by that name is meant.
    Path("mnist-vae").write_text("mine")
    with pytest.raises(InputError):
        aebench.load("mnist-vae")
