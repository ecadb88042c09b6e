import pytest
from ruamel.yaml import YAML

from aebench.errors import InputError
from aebench.params import config_for, load_params
from aebench.sweeps.apply import PLACES, apply, places
from aebench.sweeps.config import load_sweep

BEST = {
    "training.optimizer.name": "sgd",
    "training.optimizer.lr": 0.00123,
    "training.optimizer.momentum": 0.9,
    "training.patience": None,
    "training.schedule.warmup": 7,
    "model.dropout": 0.25,
}


def lines_that_differ(before: str, after: str) -> list[tuple[str, str]]:
    one, other = before.splitlines(), after.splitlines()
    gone = [line for line in one if line not in other]
    come = [line for line in other if line not in one]
    return gone, come


def test_the_winner_becomes_the_pipeline_s_and_nothing_else_changes(write, project) -> None:
    write()
    path = project / "params.yaml"
    before, text = config_for(load_params(), "tiny"), path.read_text()
    apply(load_sweep("small", "tiny"), BEST, "tiny")
    after = config_for(load_params(), "tiny")
    training = after.finetune.training
    assert training.optimizer.model_dump(exclude_defaults=True) == {
        "name": "sgd",
        "lr": 0.00123,
        "momentum": 0.9,
    }
    assert (training.patience, training.schedule.warmup) == (None, 7)
    assert training.schedule.name == before.finetune.training.schedule.name
    assert after.autoencoder.dropout == 0.25
    unchanged = {"finetune", "autoencoder"}
    assert after.model_dump(exclude=unchanged) == before.model_dump(exclude=unchanged)
    gone, come = lines_that_differ(text, path.read_text())
    # Comments and the order of all lines but these stay.
    assert gone == [
        "    optimizer: {name: muon, lr: 4e-2, weight_decay: 0.5}",
        "    patience: 10",
    ]
    assert sorted(line.strip() for line in come) == [
        "dropout: 0.25",
        "optimizer: {name: sgd, lr: 0.00123, momentum: 0.9}",
        "patience: null",
        "schedule: {name: cosine, warmup: 7}",
    ]
    once = path.read_bytes()
    apply(load_sweep("small", "tiny"), BEST, "tiny")
    assert path.read_bytes() == once


def test_a_data_set_with_overrides_of_its_own_keeps_them_to_itself(write, project) -> None:
    """fashion-mnist shares mnist's overrides by an anchor."""
    write(sets={"fashion-mnist": {}})
    before = load_params()
    apply(load_sweep("small", "fashion-mnist"), BEST, "fashion-mnist")
    after = load_params()
    training = config_for(after, "fashion-mnist").finetune.training
    assert (training.optimizer.name, training.optimizer.lr) == ("sgd", 0.00123)
    assert training.epochs == config_for(before, "fashion-mnist").finetune.training.epochs
    for name in ("tiny", "mnist", "kmnist"):
        assert config_for(after, name) == config_for(before, name)


@pytest.fixture
def override(project):
    """`override(overrides)` gives them to the data set in params.yaml."""

    def override(overrides: dict) -> None:
        yaml, path = YAML(), project / "params.yaml"
        document = yaml.load(path)
        document["sets"]["tiny"]["overrides"] = overrides
        yaml.dump(document, path)

    return override


def test_what_a_data_set_s_own_override_sets_besides_stays(write, override) -> None:
    """It does not say the schedule's name, which it inherits."""
    write(sets={"tiny": {}})
    override({"finetune": {"training": {"schedule": {"warmup": 5}}}})
    best = {"training.schedule.name": "cosine", "training.batch_size": 33}
    apply(load_sweep("small", "tiny"), best, "tiny")
    training = config_for(load_params(), "tiny").finetune.training
    assert (training.schedule.warmup, training.batch_size) == (5, 33)
    apply(load_sweep("small", "tiny"), {"training.schedule.name": "linear"}, "tiny")
    training = config_for(load_params(), "tiny").finetune.training
    assert (training.schedule.name, training.schedule.warmup) == ("linear", 0)


def test_what_an_override_says_by_a_dotted_name_is_changed_there(write, override) -> None:
    write()
    dotted = {"finetune.training.batch_size": 200}
    override({"finetune": {"training": {"epochs": 70}}} | dotted)
    best = {"training.batch_size": 500, "training.epochs": 71}
    apply(load_sweep("small", "tiny"), best, "tiny")
    assert load_params().sets["tiny"].overrides == {
        "finetune": {"training": {"epochs": 71}},
        "finetune.training.batch_size": 500,
    }


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (
            {
                "finetune": {"training": {"epochs": 70}},
                "finetune.training": {"batch_size": 200},
            },
            "finetune.training.batch_size would be 200, not 500",
        ),
        # The data set's SGD hides the Muon of the other sets, which has a weight decay.
        (
            {"finetune": {"training": {"optimizer": {"name": "sgd", "lr": 0.1}}}},
            "finetune.training.optimizer.weight_decay would be 0.5, not left out",
        ),
    ],
)
def test_a_winner_that_the_file_would_not_give_is_not_written(
    overrides, message, write, override, project
) -> None:
    write()
    override(overrides)
    text = (project / "params.yaml").read_text()
    best = {"training.batch_size": 500, "training.optimizer.name": "muon"}
    with pytest.raises(InputError) as caught:
        apply(load_sweep("small", "tiny"), best | {"training.optimizer.lr": 0.05}, "tiny")
    assert f"params.yaml: sets.tiny.overrides: {message}" in str(caught.value)
    assert (project / "params.yaml").read_text() == text


def test_what_would_not_be_valid_is_not_written(write, project) -> None:
    write()
    text = (project / "params.yaml").read_text()
    with pytest.raises(InputError, match=r"^params\.yaml: .*momentum"):
        apply(load_sweep("small", "tiny"), BEST | {"training.optimizer.momentum": 1.5}, "tiny")
    assert (project / "params.yaml").read_text() == text


def test_knobs_that_the_pipeline_does_not_have(write) -> None:
    write()
    sweep = load_sweep("small", "tiny")
    with pytest.raises(InputError, match=r"pretrain\.share: the pipeline's autoencoder"):
        places(sweep, "pretrain.share")
    assert places(sweep, "training.epochs") == ["finetune.training.epochs"]


def test_what_pretraining_shares_goes_to_both_of_the_pipeline_s_stages(write) -> None:
    write()
    recipe = load_sweep("small", "tiny").recipe.model_dump()
    own = {"name": "muon", "lr": 0.1}
    write(recipe=recipe | {"pretrain": {"method": "greedy", "share": 0.5, "optimizer": own}})
    sweep = load_sweep("small", "tiny")
    for knob in ("training.batch_size", "training.schedule.warmup", "objective.corruption"):
        rest = knob.removeprefix("objective.")
        assert places(sweep, knob) == [f"finetune.{rest}", f"pretrain.{rest}"]
    for knob in ("training.patience", "training.optimizer.lr"):
        assert places(sweep, knob) == [f"finetune.{knob}"]
    with pytest.raises(InputError, match=r"training\.epochs: counts pretraining, too"):
        places(sweep, "training.epochs")


@pytest.mark.parametrize("kind", PLACES)
def test_all_places_are_in_the_real_file(kind, project) -> None:
    raw = YAML(typ="safe").load((project / "params.yaml").read_text())
    config = config_for(load_params(), "tiny").model_dump()
    for place in PLACES[kind].values():
        section = config
        for key in place.split("."):
            section = section[key]
        assert place.split(".")[0] in raw
