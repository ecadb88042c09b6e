"""Changes of params.yaml by commands: comments and all other lines stay."""

import io
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from aebench.config.params import load_params
from aebench.core.errors import InputError
from aebench.core.files import atomic_write

WIDTH = 100


def round_trip() -> YAML:
    """A YAML that reads comments and writes them back."""
    yaml = YAML()
    yaml.preserve_quotes, yaml.width = True, 4096
    yaml.representer.add_representer(type(None), _null)
    return yaml


def as_yaml(settings: dict[str, Any]) -> str:
    """Sections in lines of their own, their innermost settings in one."""
    file = io.StringIO()
    yaml = YAML(typ="safe")
    # By name, since the library's types know of no None.
    for name, value in ("default_flow_style", None), ("sort_base_mapping_type_on_output", False):
        setattr(yaml, name, value)
    yaml.width = WIDTH
    yaml.dump(settings, file)
    return file.getvalue()


def write_params(document: Any, path: Path) -> None:
    """Write what `round_trip` has read; raises InputError, and writes nothing, if it is invalid."""
    with atomic_write(path) as temporary:
        with temporary.open("w", encoding="utf-8") as file:
            round_trip().dump(document, file)
        try:
            load_params(temporary)
        except InputError as error:
            raise InputError(str(error).replace(str(temporary), str(path))) from None


def _null(representer: Any, _: None) -> Any:
    return representer.represent_scalar("tag:yaml.org,2002:null", "null")
