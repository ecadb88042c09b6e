"""Stage `code`: hashes of the code that the other stages run, for DVC to compare.

A comment changes none of them, so that only this stage is done again.
"""

from pathlib import Path

from aebench import code as hashing
from aebench import plugins
from aebench.files import write_json
from aebench.params import PARAMS, plugins_of, read_yaml
from aebench.registry import KINDS

CODE = Path("code.json")
# What DVC's stages depend on, and the modules where that begins.
GROUPS = {
    "prepare": ("aebench.stages.prepare",),
    "train": ("aebench.stages.pretrain", "aebench.stages.finetune", "aebench.stages.vae"),
    "evaluate": ("aebench.stages.evaluate",),
    "report": ("aebench.stages.report",),
}
# The kinds whose members each of them may use; the report uses what recipes say of all.
KINDS_OF = {
    "prepare": ("source",),
    "train": (
        *("model", "encoder", "decoder", "init", "likelihood", "prior", "flow", "pixels"),
        *("objective", "penalty", "corruption", "optimizer", "schedule"),
    ),
    "evaluate": (
        *("model", "encoder", "decoder", "init", "likelihood", "prior", "flow", "pixels"),
        "measure",
    ),
    "report": (),
}


def code() -> None:
    plugins.load_all(plugins_of(read_yaml(PARAMS), PARAMS))
    write_json(CODE, {name: hashing.digest(modules(name)) for name in GROUPS})


def modules(group: str) -> set[str]:
    """The modules whose code a group's results depend on, those of plug-ins among them."""
    members = [
        member.__module__ for kind in KINDS_OF[group] for member in KINDS[kind].known().values()
    ]
    return hashing.closure([*GROUPS[group], *members])
