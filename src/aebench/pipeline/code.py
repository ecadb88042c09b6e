"""Stage `code`: hashes of the code that the other stages run, for DVC to compare.

A comment changes none of them, so that only this stage is done again.
"""

from pathlib import Path

from aebench.core import code as hashing
from aebench.core import plugins
from aebench.core.files import read_yaml, write_json
from aebench.core.paths import PARAMS
from aebench.core.registry import KINDS, modules_under

CODE = Path("code.json")
# What DVC's stages depend on, and the modules where that begins.
GROUPS = {
    "prepare": ("aebench.pipeline.prepare",),
    "train": ("aebench.pipeline.pretrain", "aebench.pipeline.finetune", "aebench.pipeline.vae"),
    "evaluate": ("aebench.pipeline.evaluate",),
    "report": ("aebench.pipeline.report",),
}
# Where the members of kinds are that each group may use.
MODELS = ("aebench.models.sections", "aebench.nets.sections", "aebench.nets.init")
TRAINED = (
    *MODELS,
    "aebench.objectives.sections",
    "aebench.objectives.penalties",
    "aebench.objectives.corruptions",
    "aebench.training.optimizers.sections",
    "aebench.training.schedules",
)
HOMES = {
    "prepare": ("aebench.data.sources",),
    "train": TRAINED,
    # A saved model is built anew from its recipe, with its objective and optimizer.
    "evaluate": (*TRAINED, "aebench.measures.sections", "aebench.baselines.sections"),
    # What measures say of their columns is in the report.
    "report": ("aebench.measures.sections",),
}


def code() -> None:
    plugins.load_all(plugins.named_in(read_yaml(PARAMS), PARAMS))
    write_json(CODE, {name: hashing.digest(modules(name)) for name in GROUPS})


def modules(group: str) -> set[str]:
    """The modules whose code a group's results depend on, those of plug-ins among them."""
    built_in = [name for home in HOMES[group] for name in modules_under(home)]
    members = [member for plugin in plugins.LOADED.values() for member in plugin.members]
    others = [member.__module__ for member in members if KINDS[member.kind].home in HOMES[group]]
    return hashing.closure([*GROUPS[group], *built_in, *others])
