"""`aebench save`: a trained model as a file of its own."""

import shutil
from pathlib import Path

from aebench.commands.named.locate import locate
from aebench.commands.outputs import check_file
from aebench.core.errors import InputError
from aebench.core.files import atomic_write
from aebench.core.progress import note
from aebench.training import saved_models
from aebench.training.runs import Run

ENDING = ".safetensors"


def save(model: str, output: Path, force: bool) -> None:
    if output.suffix != ENDING:
        raise InputError(output, "not the file of a model", f"names that end in {ENDING}")
    card = output.with_suffix(".json")
    source = locate(model).source
    inputs = [] if isinstance(source, Run) else [source, source.with_suffix(".json")]
    for path in (output, card):
        check_file(path, force, inputs)
    if isinstance(source, Run):
        saved_models.save(source, output)
    else:
        # Refuses what is damaged.
        saved_models.load(source)
        for path, copy in zip(inputs, (output, card), strict=True):
            with atomic_write(copy) as temporary:
                shutil.copyfile(path, temporary)
    note(f"{model} written to {output} and {card}")
