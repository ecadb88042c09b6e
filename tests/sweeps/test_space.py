import optuna
import pytest

from aebench.core.errors import InputError
from aebench.sweeps import space
from aebench.sweeps.config import Domain, load_sweep
from aebench.sweeps.dimensions import dimensions
from aebench.sweeps.points import cell

SGD = {"training.optimizer.name": "sgd"}


def test_a_conditional_dimension_is_sampled_only_where_it_is_active(write) -> None:
    write()
    sweep = load_sweep("small", "tiny")
    params = {"training.optimizer.lr": 0.012345678, "model.dropout": 0.25}
    for name, momentum in (("adamw", {}), ("sgd", {"training.optimizer.momentum": 0.5})):
        trial = optuna.trial.FixedTrial(params | momentum | {"training.optimizer.name": name})
        overrides = space.suggest(dimensions(sweep), trial)
        # Asking for a momentum that the trial does not have would have raised an error.
        assert overrides == {
            "training.optimizer.name": name,
            "training.optimizer.lr": 0.01235,
            **momentum,
            "model.dropout": 0.25,
        }
        optimizer = cell(sweep, {}, overrides, 0).recipe.training.optimizer
        assert (optimizer.name, optimizer.lr) == (name, 0.01235)
        assert getattr(optimizer, "momentum", 0.5) == 0.5
        assert space.overrides_of(dimensions(sweep), trial.params) == overrides


def test_a_section_s_name_decides_its_keys_wherever_it_stands(write) -> None:
    """AdamW's own momentum does not survive in SGD, and SGD's keys are not lost to its name."""
    write()
    sweep = load_sweep("small", "tiny")
    overrides = {"training.optimizer.momentum": 0.9, "training.optimizer.lr": 1.0} | SGD
    recipe = cell(sweep, {}, overrides, 0).recipe
    expected = {"name": "sgd", "lr": 1.0, "momentum": 0.9}
    assert recipe.training.optimizer.model_dump(exclude_defaults=True) == expected


def test_the_recipe_is_a_point_of_the_space_with_the_defaults_that_it_leaves_out(write) -> None:
    write()
    start = space.start(load_sweep("small", "tiny"))
    # AdamW has no momentum.
    assert start == {
        "training.optimizer.name": "adamw",
        "training.optimizer.lr": 1e-3,
        "model.dropout": 0.0,
    }


@pytest.mark.parametrize(
    ("space_of", "inside"),
    [
        ({"training.optimizer.lr": {"low": 0.01, "high": 0.1}}, False),
        ({"training.epochs": {"low": 2, "high": 8, "step": 2}}, True),
        ({"training.epochs": {"low": 1, "high": 9, "step": 2}}, False),
        ({"training.epochs": {"choices": [3, 6]}}, True),
        ({"model.widths": {"choices": [[12, 4], [4]]}}, True),
        ({"model.widths": {"choices": [[4]]}}, False),
        ({"objective.penalties.0.weight": {"low": 0.1, "high": 1.0}}, False),
    ],
)
def test_a_recipe_outside_the_space_is_no_point_of_it(space_of, inside: bool, write) -> None:
    write(space=space_of)
    sweep = load_sweep("small", "tiny")
    start = space.start(sweep)
    assert (start is not None) == inside
    if start:
        (path,) = space_of
        chosen = space.overrides_of(dimensions(sweep), start)
        assert chosen == {path: {"training.epochs": 6, "model.widths": [12, 4]}[path]}


MASKING = {"name": "masking", "rate": 0.25}


@pytest.mark.parametrize("corruption", [0.25, MASKING])
@pytest.mark.parametrize(
    ("space_of", "start", "other"),
    [
        ({"objective.corruption": {"choices": [0.0, 0.25, 0.5]}}, 0.25, 0.5),
        ({"objective.corruption.rate": {"low": 0.0, "high": 0.5}}, 0.25, 0.5),
        ({"objective.corruption": {"choices": [0, MASKING | {"rate": 0.25}]}}, None, 0),
    ],
)
def test_a_rate_alone_is_the_masking_noise_that_it_is_short_for(
    corruption, space_of: dict, start, other, write
) -> None:
    write(recipe={"objective.corruption": corruption}, space=space_of)
    sweep = load_sweep("small", "tiny")
    (path,) = space_of
    point = space.overrides_of(dimensions(sweep), space.start(sweep))
    assert point == {path: MASKING if start is None else start}
    corruption = cell(sweep, {}, {path: other}, 0).recipe.objective.corruption
    assert (corruption.name, corruption.rate) == ("masking", other)


def test_domains_for_different_conditions_and_structured_choices(write) -> None:
    rates = [{"low": 1, "high": 4, "when": {"training.optimizer.name": "adamw"}}]
    rates.append({"low": 0.5, "high": 1.0, "when": SGD})
    widths = {"choices": [[12, 4], [4]]}
    write(space={
        "training.optimizer.name": {"choices": ["adamw", "sgd"]},
        "training.optimizer.lr": rates,
        "model.widths": widths,
    })  # fmt: skip
    dims = dimensions(load_sweep("small", "tiny"))
    points = list(space.grid(dims, 2))
    assert len(points) == 2 * 2 + 2 * 2
    chosen = [space.overrides_of(dims, point) for point in points]
    assert [list(one.values()) for one in chosen] == [
        *(["adamw", rate, widths] for rate in (1, 4) for widths in ([12, 4], [4])),
        *(["sgd", rate, widths] for rate in (0.5, 1.0) for widths in ([12, 4], [4])),
    ]


@pytest.mark.parametrize(
    ("domain", "values"),
    [
        ({"low": 1, "high": 9}, [1, 5, 9]),
        ({"low": 1, "high": 2}, [1, 2]),
        ({"low": 0.0, "high": 1.0, "step": 0.25}, [0.0, 0.25, 0.5, 0.75, 1.0]),
        ({"low": 1e-4, "high": 1e-2, "log": True}, pytest.approx([1e-4, 1e-3, 1e-2])),
        ({"choices": [None, 3]}, [None, 3]),
    ],
)
def test_a_grid_of_one_dimension(domain, values) -> None:
    assert Domain(**domain).values.grid(3) == values


@pytest.mark.parametrize(
    ("domain", "values"),
    [
        ({"low": 0, "high": 3}, {0, 1, 2, 3}),
        ({"low": 1, "high": 3, "log": True}, {1, 2, 3}),
        ({"low": 0.0, "high": 1.0, "step": 0.5}, {0.0, 0.5, 1.0}),
        ({"choices": ["a", "b"]}, {"a", "b"}),
    ],
)
def test_interpolation_reaches_every_value(domain, values) -> None:
    assert {Domain(**domain).values.interpolate(i / 100) for i in range(100)} == values


RATE = {"training.optimizer.lr": {"low": 1e-4, "high": 1e-1, "log": True}}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"space": {"training.epoch": {"low": 1, "high": 2}}}, "unknown key 'epoch' (did you mean"),
        ({"space": {"model.widht": {"low": 1, "high": 2}}}, "unknown key 'widht'"),
        ({"space": {"training.optimizer.momentum": {"low": 0.1, "high": 0.9}}}, "'momentum'"),
        ({"space": {"model.dropout": {"low": 0.5, "high": 1.5}}}, "model.dropout: 1.5 is not"),
        ({"space": {"model.dropout": {"low": -0.5, "high": 0.5}}}, "model.dropout: -0.5 is not"),
        ({"space": {"model.dropout": {"low": 0.5, "high": 0.5}}}, "low: 0.5 is not below high"),
        ({"space": {"model.dropout": {"low": 0, "high": 0.5, "log": True}}}, "allowed: above 0"),
        ({"space": {"model.dropout": {"low": 0.1}}}, "allowed: low and high, or choices"),
        ({"space": {"model.dropout": {"lo": 0.1}}}, "unknown key 'lo' (did you mean 'low'?)"),
        ({"space": {"training.patience": {"choices": [2, 0]}}}, "training.patience: 0 is not"),
        ({"space": RATE | {"training.optimizer.name": {"choices": ["adamw", "sdg"]}}},
         "unknown name 'sdg'"),
        ({"space": {"model.dropout": {"low": 0.1, "high": 0.2, "when": SGD}}},
         "when: 'training.optimizer.name: sgd' is no choice of a hyperparameter above it"),
        ({"space": {"objective.loss": {"choices": ["sse", "bce"]}}}, "do not compare"),
        ({"space": {}}, "space"),
        ({"sampler": {"name": "best"}}, "sampler.name: 'best' is not allowed; allowed: 'tpe'"),
        ({"pruner": {"name": "mean"}}, "unknown name 'mean' (did you mean 'median'?)"),
        ({"objectives": ["validation_loss", "parameters"]}, "only 'none' is possible"),
        ({"objectives": ["parameters"]}, "allowed: [validation_loss], or"),
        ({"selection": {"seeds": [5, 6], "metric": "sse_per_image"}}, "has that of the trials, 5"),
        ({"selection": {"seeds": [6, 7], "metric": "elbo"}}, "metric: unknown name 'elbo'"),
        ({"trials": 0}, "trials: 0 is not allowed"),
        ({"sets": {"mnist": {}}}, "says nothing of 'tiny'; allowed: mnist"),
        ({"sets": ["tiny"]}, "not a mapping"),
    ],
)  # fmt: skip
def test_a_mistake_is_one_line_before_the_first_trial(changes, message, runner, project) -> None:
    with pytest.raises(InputError) as caught:
        runner(**changes)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)
    assert not (project / "runs").exists()


@pytest.mark.parametrize("nested", [True, False])
def test_a_data_set_can_change_a_dimension_of_the_space_and_add_one(nested: bool, write) -> None:
    changed = {"model.dropout": {"choices": [0.0, 0.3]}, "training.batch_size": {"choices": [20]}}
    changes = {f"space.{path}": domain for path, domain in changed.items()}
    write(sets={"tiny": {"space": changed} if nested else changes})
    space = load_sweep("small", "tiny").space
    assert list(space) == [
        "training.optimizer.name",
        "training.optimizer.lr",
        "training.optimizer.momentum",
        "model.dropout",
        "training.batch_size",
    ]
    # The whole domain is replaced: not a range with choices.
    (dropout,), (batch_size,) = space["model.dropout"], space["training.batch_size"]
    assert (dropout.choices, dropout.low, batch_size.choices) == ([0.0, 0.3], None, [20])


def test_an_unknown_sweep(project) -> None:
    with pytest.raises(InputError, match="unknown sweep 'big'; allowed: small"):
        load_sweep("big", "tiny")
