"""Typed sections of the config, and pydantic's errors turned into one line a person can act on."""

from typing import Any

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError, model_validator
from pydantic.fields import FieldInfo

from aebench.core.errors import InputError


class Section(BaseModel):
    """A section of the config: unknown keys and wrong types are refused, values never change."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)

    @model_validator(mode="before")
    @classmethod
    def _known_keys(cls, value: Any) -> Any:
        # pydantic's own message for an unknown key does not say which keys there are.
        for key in value if isinstance(value, dict) else ():
            if key not in cls.model_fields:
                raise ValueError(f"unknown key '{key}'; allowed: {', '.join(cls.model_fields)}")
        return value

    def identity(self) -> dict[str, Any]:
        """All values as plain data, defaults too: what runs are identified by.

        So it is the same whether a default is spelled out, and another one where a default changes.
        Fields that were `Added` are left out where they change nothing.
        """
        fields = type(self).model_fields
        return {name: _plain(value) for name, value in self if not _off(fields[name], value)}


class Added:
    """Marks a field that is younger than runs that are kept: `Annotated[float, Added(off=0.0)]`.

    With the value `off` a run is what it was before the field was there, and has the same identity.
    """

    def __init__(self, off: Any):
        self.off = off


def _off(field: FieldInfo, value: Any) -> bool:
    return any(isinstance(mark, Added) and value == mark.off for mark in field.metadata)


def _plain(value: Any) -> Any:
    if isinstance(value, Section):
        return value.identity()
    if isinstance(value, list | tuple):
        return [_plain(entry) for entry in value]
    if isinstance(value, dict):
        return {key: _plain(entry) for key, entry in value.items()}
    return value


def parse(kind: Any, value: Any, source: str) -> Any:
    """Validate `value` as `kind`, a Section or any other type.

    Raises InputError: one line that names `source`, the key, its value and what is allowed.
    """
    try:
        return TypeAdapter(kind).validate_python(value)
    except ValidationError as error:
        # Of a union's alternatives, the one that was followed deepest is the one that was meant.
        worst = max(error.errors(), key=lambda one: len(one["loc"]))
        line = f"{source}: {_place(worst, value)}{_complaint(worst)}"
        if worst["type"] == "missing":
            others = [one for one in error.errors() if one["type"] == "missing" and one != worst]
            line += "".join(f"; {_place(one, value)}missing" for one in others)
        raise InputError(line) from None


def _place(error: dict, value: Any) -> str:
    keys = []
    for depth, step in enumerate(error["loc"], start=1):
        inside = isinstance(value, dict) and step in value
        inside |= isinstance(value, list) and isinstance(step, int)
        if inside:
            value = value[step]
        missing = error["type"] == "missing" and depth == len(error["loc"])
        # What is neither in the file nor missing from it is the tag of a discriminated union.
        if inside or missing:
            keys.append(str(step))
    return ".".join(keys) + ": " if keys else ""


def _complaint(error: dict) -> str:
    match error["type"]:
        case "missing":
            return "missing"
        case "union_tag_not_found":
            return "its 'name' is missing"
        case "union_tag_invalid":
            allowed = error["ctx"]["expected_tags"].replace("'", "")
            return f"unknown name '{error['ctx']['tag']}'; allowed: {allowed}"
        case "value_error":
            return str(error["ctx"]["error"])
        case _:
            message = error["msg"].removeprefix("Input should be ")
            return f"{error['input']!r} is not allowed; allowed: {message}"
