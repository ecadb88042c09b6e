"""Typed sections of the config, and pydantic's errors as one line that says what to change."""

from typing import Annotated, Any, Self, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    ModelWrapValidatorHandler,
    TypeAdapter,
    ValidationError,
    model_validator,
)
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails, InitErrorDetails

from aebench.core.errors import MOST, InputError, brief
from aebench.core.nearest import did_you_mean, unknown


class _UnknownKeys(ValueError):
    """A section has keys that it should not have."""


class Section(BaseModel):
    """A section of the config: immutable, and without unknown keys or values of a wrong type."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)

    @model_validator(mode="wrap")
    @classmethod
    def _known_keys(cls, value: Any, validate: ModelWrapValidatorHandler[Self]) -> Self:
        # pydantic's own message for an unknown key does not list the allowed ones.
        known, keys = cls.model_fields, value if isinstance(value, dict) else ()
        others = [key for key in keys if key not in known]
        if not others:
            return validate(value)
        told = [f"'{brief(key)}'{did_you_mean(str(key), known)}" for key in others[:MOST]]
        which = f"unknown key{'s' if len(others) > 1 else ''} {', '.join(told)}"
        mistake = _UnknownKeys(f"{which}; allowed: {', '.join(cls.model_fields)}")
        mistakes = [InitErrorDetails(type="value_error", input=value, ctx={"error": mistake})]
        try:
            validate({key: entry for key, entry in value.items() if key in cls.model_fields})
        except ValidationError as error:
            mistakes += [
                InitErrorDetails(
                    type=one["type"], loc=one["loc"], input=one["input"], ctx=one.get("ctx", {})
                )
                for one in error.errors()
            ]
        raise ValidationError.from_exception_data(cls.__name__, mistakes)

    def identity(self) -> dict[str, Any]:
        """All values as plain data, defaults included, by which runs are identified.

        So it is the same whether a default is spelled out or not, and differs if a default changes.
        `Added` fields are omitted at their `off` value.
        """
        fields = type(self).model_fields
        return {name: _plain(value) for name, value in self if not _off(fields[name], value)}


class Added:
    """Marks a field added after runs were recorded: `Annotated[float, Added(off=0.0)]`.

    With the value `off` a run is the same as before the field existed, and so is its identity.
    """

    def __init__(self, off: Any):
        self.off = off


def _each_once(values: list[Any]) -> list[Any]:
    seen = set()
    for value in values:
        key = _hashable(value)
        if key in seen:
            raise ValueError(f"{brief(values)} has {brief(value)} twice; allowed: each once")
        seen.add(key)
    return values


def _hashable(value: Any) -> Any:
    if isinstance(value, dict):
        return frozenset((key, _hashable(entry)) for key, entry in value.items())
    return tuple(map(_hashable, value)) if isinstance(value, list) else value


T = TypeVar("T")
# A list whose entries differ from each other.
Distinct = Annotated[list[T], AfterValidator(_each_once)]


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
    """Validate `value` as `kind`, a Section or any other type, and return it.

    Raises InputError, which names `source` and, of each mistake, the key, its value and the allowed
    ones.
    """
    try:
        return TypeAdapter(kind).validate_python(value)
    except ValidationError as error:
        mistakes = _meant(error.errors(), value)
        lines = [f"{_place(mistake, value)}{_complaint(mistake)}" for mistake in mistakes]
        raise InputError.of_all(source, lines) from None


def _meant(errors: list[ErrorDetails], value: Any) -> list[ErrorDetails]:
    """The errors without those of alternatives that were not meant, the deepest first.

    Where pydantic tried several alternatives, the deepest error belongs to the one that was meant.
    """
    by_place: dict[tuple, list[tuple[ErrorDetails, tuple]]] = {}
    for error in sorted(errors, key=_depth, reverse=True):
        steps = _steps(error, value)
        depth = next((i for i, (_, known) in enumerate(steps) if not known), len(steps))
        alternative = error["loc"][depth : depth + 1]
        by_place.setdefault(error["loc"][:depth], []).append((error, alternative))
    meant = []
    for at_place in by_place.values():
        several = len({alternative for _, alternative in at_place}) > 1
        meant += [error for error, _ in (at_place[:1] if several else at_place)]
    return meant


def _depth(error: ErrorDetails) -> int:
    # A misspelled key is told before the one that is missing for it.
    inside = isinstance(error.get("ctx", {}).get("error"), _UnknownKeys)
    return len(error["loc"]) + inside


def _place(error: ErrorDetails, value: Any) -> str:
    """The error's dotted key and a colon; empty for the value as a whole."""
    keys = [brief(step) for step, known in _steps(error, value) if known]
    return ".".join(keys) + ": " if keys else ""


def _steps(error: ErrorDetails, value: Any) -> list[tuple[Any, bool]]:
    """The steps to an error, and whether each is a key of the value, or the one that is missing.

    Others name an alternative, such as the tag of a discriminated union.
    """
    steps = []
    for depth, step in enumerate(error["loc"], start=1):
        inside = isinstance(value, dict) and step in value
        inside |= isinstance(value, list) and isinstance(step, int)
        if inside:
            value = value[step]
        missing = error["type"] == "missing" and depth == len(error["loc"])
        steps.append((step, inside or missing))
    return steps


# What people write in YAML, where pydantic speaks of its own types.
_KINDS = {
    "model_type": "a mapping",
    "dict_type": "a mapping",
    "list_type": "a list in brackets",
    "tuple_type": "a list in brackets",
}


def _complaint(error: ErrorDetails) -> str:
    match error["type"]:
        case "missing":
            return "missing"
        case "union_tag_not_found":
            return "its 'name' is missing"
        case "union_tag_invalid":
            allowed = error["ctx"]["expected_tags"].replace("'", "")
            which = unknown("name", str(error["ctx"]["tag"]), allowed.split(", "))
            return f"{which}; allowed: {allowed}"
        case "value_error":
            return str(error["ctx"]["error"])
        case _:
            which = "the key " if error["loc"][-1:] == ("[key]",) else ""
            message = _KINDS.get(error["type"], error["msg"].removeprefix("Input should be "))
            return f"{which}{brief(repr(error['input']))} is not allowed; allowed: {message}"
