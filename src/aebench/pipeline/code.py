"""Stage `code`: hashes of the code that the other stages run, which DVC compares.

An edit of comments changes no hash, so that no other stage runs again.
"""

from pathlib import Path

from aebench.core import code_hashes, plugins
from aebench.core.files import read_yaml, write_json
from aebench.core.paths import PARAMS
from aebench.core.registry import KINDS, modules_under

CODE = Path("code.json")
# Groups of stages -> the modules that start them; a group's hash covers all that these import.
GROUPS = {
    "prepare": ("aebench.pipeline.prepare",),
    "train": ("aebench.pipeline.pretrain", "aebench.pipeline.finetune", "aebench.pipeline.vae"),
    "evaluate": ("aebench.pipeline.evaluate",),
    "report": ("aebench.pipeline.report",),
}
# Packages of the members that recipes can name, which no module need import.
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
    # A saved model is rebuilt from its recipe, with its objective and optimizer.
    "evaluate": (*TRAINED, "aebench.measures.sections", "aebench.baselines.sections"),
    # The report contains the measures' explanations of their columns, and counts parameters.
    "report": (*MODELS, "aebench.measures.sections"),
}


def code() -> None:
    """Write the hash of each group's code to `code.json`."""
    plugins.load_all(plugins.named_in(read_yaml(PARAMS), PARAMS))
    write_json(CODE, {name: code_hashes.digest(modules(name)) for name in GROUPS})


def modules(group: str) -> set[str]:
    """The modules that a group's results depend on, including those of plug-ins."""
    built_in = [name for home in HOMES[group] for name in modules_under(home)]
    members = [member for plugin in plugins.LOADED.values() for member in plugin.members]
    plugged = [member.__module__ for member in members if KINDS[member.kind].home in HOMES[group]]
    return code_hashes.closure([*GROUPS[group], *built_in, *plugged])
