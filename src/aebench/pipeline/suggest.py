"""`aebench suggest`: the recipes that suit a data set's images, as an entry of params.yaml."""

import io
import textwrap
from typing import Any

from ruamel.yaml import YAML

from aebench.config.automatic import automatic, reasons
from aebench.config.edit import round_trip, write_params
from aebench.config.params import config_for, load_params
from aebench.core import paths
from aebench.core.overrides import merge
from aebench.core.paths import PARAMS
from aebench.data.facts import Facts
from aebench.data.prepared import Prepared

WIDTH = 100


def suggest(dataset: str, write: bool) -> str:
    """What `recipes: auto` chooses for a data set, and why, as YAML with comments.

    With `write` it is written into the file as well, as the data set's overrides below those that
    it has: the trainings stay the same until something is changed there. Comments and all other
    lines stay. Raises InputError for a data set that the file does not have or that is not
    prepared.
    """
    config_for(load_params(), dataset)
    facts = Facts.of(Prepared.load(paths.prepared(dataset)))
    chosen = automatic(facts)
    if write:
        _write(dataset, chosen)
    why = (
        textwrap.fill(f"{reason}.", WIDTH - 4, initial_indent="    # ", subsequent_indent="    # ")
        for reason in reasons(facts)
    )
    entry = {"recipes": "auto", "overrides": chosen}
    return "\n".join([f"  {dataset}:", *why, textwrap.indent(_text(entry), "    ")]).rstrip()


def _text(settings: dict[str, Any]) -> str:
    file = io.StringIO()
    yaml = YAML(typ="safe")
    # Sections in lines of their own, their innermost settings in one: by name, since the library's
    # types know of no None.
    for name, value in ("default_flow_style", None), ("sort_base_mapping_type_on_output", False):
        setattr(yaml, name, value)
    yaml.width = WIDTH
    yaml.dump(settings, file)
    return file.getvalue()


def _write(dataset: str, chosen: dict[str, Any]) -> None:
    document = round_trip().load(PARAMS.read_text(encoding="utf-8"))
    entry = document["sets"][dataset]
    entry["overrides"] = merge(chosen, entry.get("overrides") or {})
    entry["recipes"] = "auto"
    write_params(document, PARAMS)
