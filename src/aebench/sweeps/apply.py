"""`--apply`: a sweep's winner becomes one of the pipeline's recipes, in params.yaml."""

import copy
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from aebench.config.params import Numerics, config_for, load_params
from aebench.core.errors import InputError
from aebench.core.files import atomic_write, read_yaml
from aebench.core.overrides import flatten, merge
from aebench.core.paths import PARAMS
from aebench.core.schema import parse
from aebench.experiments.recipe import Recipe
from aebench.sweeps.config import Sweep
from aebench.sweeps.space import Overrides, corners, nested, parameters, plain


def apply(sweep: Sweep, best: Overrides, dataset: str, path: Path = PARAMS) -> None:
    """Write the winner `best` into the file; comments and all other lines stay.

    Into the sections themselves, or, where the data set overrides some of that, into its overrides.
    Raises InputError, and changes nothing, where the result would not be valid, or not the winner.
    """
    flat = {
        f"recipes.{sweep.applies_to}.{hyperparameter}": value
        for hyperparameter, value in best.items()
    }
    settings = nested(flat)
    yaml = YAML()
    yaml.preserve_quotes, yaml.width = True, 4096
    yaml.representer.add_representer(type(None), _null)
    text = path.read_text()
    document = yaml.load(text)
    effective = _effective(document, dataset)
    wanted = merge(effective, settings)
    _lay(document, settings, document)
    if _effective(document, dataset) != wanted:
        document = yaml.load(text)
        # A copy: by an anchor, other data sets may share them.
        own = copy.deepcopy(document["sets"][dataset]["overrides"])
        own.yaml_set_anchor(None)
        # What stands there under its dotted name stays where it is, and is not said twice.
        dotted = flat.keys() & own.keys()
        own.update((place, flat[place]) for place in dotted)
        rest = {place: value for place, value in flat.items() if place not in dotted}
        _lay(own, nested(rest), effective)
        document["sets"][dataset]["overrides"] = own
        _check(_effective(document, dataset), wanted, f"{path}: sets.{dataset}.overrides")
    with atomic_write(path) as temporary:
        with temporary.open("w") as file:
            yaml.dump(document, file)
        try:
            load_params(temporary)
        except InputError as error:
            raise InputError(str(error).replace(str(temporary), str(path))) from None


def check_places(sweep: Sweep, dataset: str) -> None:
    """Raise InputError where the pipeline's recipe cannot take a winner of this space.

    Else that would show at the end of the sweep.
    """
    said = _effective(read_yaml(PARAMS), dataset)
    numerics = {name: said[name] for name in Numerics.model_fields}
    recipe = numerics | said["recipes"][sweep.applies_to]
    source = f"{PARAMS}: recipes.{sweep.applies_to}, with a point of the sweep's space"
    for overrides in corners(parameters(sweep), "low"):
        parse(Recipe, merge(recipe, nested(overrides)), source)


def differing(sweep: Sweep, best: Overrides, dataset: str) -> list[str]:
    """Where the pipeline's recipe is not the sweep's with the winner `best`, a line each."""
    there = flatten(merge(plain(sweep.recipe), nested(best)))
    here = flatten(plain(getattr(config_for(load_params(), dataset).recipes, sweep.applies_to)))
    return [
        f"{hyperparameter}: {_said(here, hyperparameter)}, there {_said(there, hyperparameter)}"
        for hyperparameter in here | there
        if here.get(hyperparameter) != there.get(hyperparameter)
    ]


def _effective(document: dict, dataset: str) -> dict:
    sections = {key: value for key, value in document.items() if key != "sets"}
    return merge(sections, document["sets"][dataset].get("overrides") or {})


def _check(settings: dict, wanted: dict, source: str) -> None:
    """Raise InputError where the settings are not those that are wanted."""
    here, there = flatten(settings), flatten(wanted)
    for place in here | there:
        if here.get(place) != there.get(place):
            raise InputError(
                f"{source}: {place} would be {_said(here, place)}, not {_said(there, place)}, by "
                "what else the file says of it; allowed: to say it once"
            )


def _said(settings: dict[str, Any], place: str) -> str:
    return f"{settings[place]}" if place in settings else "left out"


def _lay(target: Any, over: dict[str, Any], was: Any) -> None:
    """What `merge` does, in place, so that comments stay.

    `was`: what is there altogether. An override's section may leave its `name` to what it is laid
    over.
    """
    for key, value in over.items():
        place = int(key) if isinstance(target, list) else key
        old = target[place] if isinstance(target, list) else target.get(key)
        if not isinstance(value, dict) or not isinstance(old, dict | list):
            target[place] = value
            continue
        before = was[place]
        if any(name in value and value[name] != before.get(name) for name in ("name", "net")):
            old.clear()
        _lay(old, value, before)


def _null(representer: Any, _: None) -> Any:
    return representer.represent_scalar("tag:yaml.org,2002:null", "null")
