"""`aebench suggest`: the recipes that suit a data set's images, as an entry of params.yaml."""

import sys
import textwrap
from collections.abc import Sequence
from typing import Any

from aebench.config.automatic import automatic, reasons
from aebench.config.edit import WIDTH, as_yaml, round_trip, write_params
from aebench.config.params import config_for, load_params
from aebench.core.overrides import merge
from aebench.core.paths import PARAMS
from aebench.core.progress import note
from aebench.data.facts import Facts


def suggest(dataset: str, write: bool) -> str:
    """What `recipes: auto` chooses for a data set, and why, as YAML with comments.

    With `write` it is written into the file as well, as the data set's overrides below those that
    it has: the trainings stay the same until something is changed there. Comments and all other
    lines stay. Raises InputError for a data set that the file does not have or that is not
    prepared.
    """
    params = load_params()
    config_for(params, dataset)
    facts = Facts.of_set(dataset)
    chosen = automatic(facts)
    why = [line for reason in reasons(facts) for line in textwrap.wrap(f"{reason}.", WIDTH - 6)]
    if write:
        _write(dataset, merge(chosen, params.sets[dataset].overrides), why)
        note(f"{PARAMS}: written; trainings stay the same until it is changed", sys.stderr)
    entry = {"recipes": "auto", "overrides": chosen}
    comments = (f"    # {line}" for line in why)
    return "\n".join([f"  {dataset}:", *comments, textwrap.indent(as_yaml(entry), "    ")]).rstrip()


def _write(dataset: str, overrides: dict[str, Any], why: Sequence[str]) -> None:
    text = PARAMS.read_text(encoding="utf-8")
    document = round_trip().load(text)
    entry = document["sets"][dataset]
    entry["overrides"] = round_trip().load(as_yaml(overrides))
    entry["recipes"] = "auto"
    if f"# {why[0]}" not in text:
        entry.yaml_set_comment_before_after_key("recipes", "\n".join(why), indent=4)
    entry.move_to_end("overrides")
    write_params(document, PARAMS)
