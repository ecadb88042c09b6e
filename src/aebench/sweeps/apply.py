"""`aebench sweep --apply`: write a sweep's winner into the pipeline's recipe in params.yaml."""

import copy
from pathlib import Path
from typing import Any

from ruamel.yaml import CommentedMap

from aebench.config.automatic import automatic
from aebench.config.edit import round_trip, write_params
from aebench.config.params import Numerics, config_for, load_params
from aebench.core.errors import InputError
from aebench.core.files import read_yaml
from aebench.core.overrides import flatten, merge
from aebench.core.paths import PARAMS
from aebench.core.schema import parse
from aebench.data.facts import Facts
from aebench.experiments.recipe import Recipe
from aebench.sweeps.config import Sweep
from aebench.sweeps.dimensions import Overrides, dimensions
from aebench.sweeps.points import nested, plain
from aebench.sweeps.space import corners


def apply(sweep: Sweep, best: Overrides, dataset: str, path: Path = PARAMS) -> None:
    """Write the winner `best` into the file; comments and all other lines stay.

    Changes the recipe itself, or the data set's overrides where those hide it, and where the set's
    recipes are chosen to suit its images. Raises InputError, and changes nothing, if the file would
    not be valid or would not give the winner.
    """
    flat = {f"recipes.{sweep.applies_to}.{name}": value for name, value in best.items()}
    settings = nested(flat)
    yaml = round_trip()
    text = path.read_text(encoding="utf-8")
    document = yaml.load(text)
    chosen = _chosen(dataset, path)
    effective = _effective(document, dataset, chosen)
    wanted = merge(effective, settings)
    if not chosen:
        _merge_in_place(document, settings, document)
    if _effective(document, dataset, chosen) != wanted:
        document = yaml.load(text)
        _override(document["sets"][dataset], flat, effective)
        _check(_effective(document, dataset, chosen), wanted, f"{path}: sets.{dataset}.overrides")
    write_params(document, path)


def check_places(sweep: Sweep, dataset: str) -> None:
    """Raise InputError if the pipeline's recipe cannot take a winner of this space.

    Otherwise that would show only after the whole sweep.
    """
    params = _effective(read_yaml(PARAMS), dataset, _chosen(dataset, PARAMS))
    numerics = {name: params[name] for name in Numerics.model_fields}
    recipe = numerics | params["recipes"][sweep.applies_to]
    source = f"{PARAMS}: recipes.{sweep.applies_to}, with a point of the sweep's space"
    for overrides in corners(dimensions(sweep), "low"):
        parse(Recipe, merge(recipe, nested(overrides)), source)


def differing(sweep: Sweep, best: Overrides, dataset: str) -> list[str]:
    """Return a line for each setting where the pipeline's recipe is not the sweep's with `best`."""
    theirs = flatten(merge(plain(sweep.recipe), nested(best)))
    config = config_for(load_params(), dataset, facts=lambda: Facts.of_set(dataset))
    ours = flatten(plain(getattr(config.recipes, sweep.applies_to)))
    return [
        f"{name}: {_text(ours, name)}, in the sweep {_text(theirs, name)}"
        for name in ours | theirs
        if ours.get(name) != theirs.get(name)
    ]


def _chosen(dataset: str, path: Path) -> dict[str, Any]:
    """The sections that suit the set's images; none where those of the file hold."""
    return automatic(Facts.of_set(dataset)) if load_params(path).sets[dataset].fits_data else {}


def _effective(document: dict, dataset: str, chosen: dict[str, Any]) -> dict:
    """Return the sections of params.yaml, those `chosen` in their place, with the overrides."""
    sections = {key: value for key, value in document.items() if key != "sets"} | chosen
    return merge(sections, document["sets"][dataset].get("overrides") or {})


def _override(entry: dict[str, Any], flat: Overrides, effective: dict) -> None:
    """Put the settings into the overrides of a data set's entry in params.yaml."""
    # A copy: other data sets may share the overrides by an anchor.
    overrides = copy.deepcopy(entry.get("overrides") or CommentedMap())
    overrides.yaml_set_anchor(None)
    # Settings that the overrides have under a dotted name stay there, and are not added again.
    dotted = flat.keys() & overrides.keys()
    overrides.update((name, flat[name]) for name in dotted)
    rest = {name: value for name, value in flat.items() if name not in dotted}
    _merge_in_place(overrides, nested(rest), effective)
    entry["overrides"] = overrides


def _check(settings: dict, wanted: dict, source: str) -> None:
    """Raise InputError if the settings are not the wanted ones."""
    flat, flat_wanted = flatten(settings), flatten(wanted)
    for name in flat | flat_wanted:
        if flat.get(name) != flat_wanted.get(name):
            raise InputError(
                source,
                f"{name} would be {_text(flat, name)}, not {_text(flat_wanted, name)}, "
                "since the file sets it in another place, too",
                "to set it once",
            )


def _text(settings: dict[str, Any], name: str) -> str:
    return f"{settings[name]}" if name in settings else "left out"


def _merge_in_place(target: Any, settings: dict[str, Any], effective: Any) -> None:
    """Do what `merge` does, but change `target`, so that its comments stay.

    `effective`: the values with all overrides, since a section of overrides may inherit its `name`.
    """
    for key, value in settings.items():
        place: Any = int(key) if isinstance(target, list) else key
        old = target[place] if isinstance(target, list) else target.get(key)
        if not isinstance(value, dict) or not isinstance(old, dict | list):
            target[place] = value
            continue
        before = effective[place]
        if any(tag in value and value[tag] != before.get(tag) for tag in ("name", "net")):
            old.clear()
        _merge_in_place(old, value, before)
