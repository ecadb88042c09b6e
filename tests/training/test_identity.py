"""Which changes of a section change its identity, and so that of runs."""

import json
from typing import Annotated, Any, Literal, get_args, get_origin

import pytest
from pydantic import TypeAdapter, ValidationError

# Registers the kinds.
import aebench.config.params  # noqa: F401
from aebench.core.registry import KINDS, Kind
from aebench.core.schema import Added, Section
from aebench.training.config import Training
from aebench.training.optimizers.base import Optimizer
from aebench.training.runs import RunSpec

MEMBERS = {
    f"{kind.kind} {name}": member
    for kind in KINDS.values()
    for name, member in sorted(kind.known().items())
}
SECTIONS = MEMBERS | {"training": Training, "run": RunSpec}
# 16: the inception's channels come by that many.
PLAIN = (1, 16, 0.5, "text", True)


def given(section: type[Section], defaults: bool) -> dict[str, Any]:
    """The section as somebody writes it: only what is required, or all the `defaults` as well."""
    written = {}
    for name, field in section.model_fields.items():
        if field.is_required():
            written[name] = example(Annotated[field.annotation, field], defaults)
        elif defaults or name == getattr(section, "tag", None):
            written[name] = field.get_default(call_default_factory=True)
    return written


def example(annotation: Any, defaults: bool) -> Any:
    """A value that the annotation allows."""
    for value in candidates(annotation, defaults):
        try:
            TypeAdapter(annotation).validate_python(value)
        except ValidationError:
            continue
        return value
    pytest.fail(f"no example of {annotation}: add one to the candidates")


def candidates(annotation: Any, defaults: bool) -> list[Any]:
    if get_origin(annotation) is Annotated:
        return candidates(get_args(annotation)[0], defaults)
    if get_origin(annotation) is Literal:
        return list(get_args(annotation))
    if get_origin(annotation) is list:
        entry = example(get_args(annotation)[0], defaults)
        return [[entry] * count for count in (1, 2, 3)]
    if isinstance(annotation, type) and issubclass(annotation, Kind):
        known = [annotation] if annotation in MEMBERS.values() else annotation.known().values()
        return [given(member, defaults) for member in known]
    if isinstance(annotation, type) and issubclass(annotation, Section):
        return [given(annotation, defaults)]
    return list(PLAIN)


def inner(annotation: Any) -> list[Any]:
    """The annotations within one."""
    return [annotation, *(part for argument in get_args(annotation) for part in inner(argument))]


@pytest.mark.parametrize("name", SECTIONS)
def test_to_spell_the_defaults_out_changes_no_identity(name: str) -> None:
    section = SECTIONS[name]
    short, whole = (section.model_validate(given(section, defaults)) for defaults in (False, True))
    assert len(whole.model_fields_set) == len(section.model_fields)
    assert whole.identity() == short.identity()
    # And read again from it, for example from a run's record.
    assert section.model_validate(short.identity()).identity() == short.identity()


@pytest.mark.parametrize("name", SECTIONS)
def test_a_section_is_read_again_from_its_json(name: str) -> None:
    """As runs' records and saved models have it."""
    section = SECTIONS[name]
    before = section.model_validate(given(section, defaults=False))
    kind = KINDS[section.kind] if issubclass(section, Kind) else section
    after = TypeAdapter(kind).validate_python(json.loads(before.model_dump_json()))
    assert type(after) is section
    assert after.identity() == before.identity()


@pytest.mark.parametrize(
    ("written", "alike"),
    [
        ({"optimizer": {"name": "sgd", "lr": 1}}, {"optimizer": {"name": "sgd", "lr": 1.0}}),
        ({"clip_norm": 2}, {"clip_norm": 2.0}),
        (
            {"objective": {"name": "reconstruction", "loss": "sse", "corruption": 0.5}},
            {
                "objective": {
                    "name": "reconstruction",
                    "loss": "sse",
                    "corruption": {"name": "masking", "rate": 0.5},
                }
            },
        ),
    ],
    ids=["rate", "norm", "corruption"],
)
def test_two_ways_to_write_the_same_are_one_run(written: dict, alike: dict, spec) -> None:
    assert spec(**written).id == spec(**alike).id


def test_to_spell_the_defaults_out_changes_no_run() -> None:
    short, whole = (RunSpec.model_validate(given(RunSpec, defaults)) for defaults in (False, True))
    assert len(str(given(RunSpec, True))) > len(str(given(RunSpec, False)))
    assert whole.id == short.id


@pytest.mark.parametrize("name", SECTIONS)
def test_an_identity_says_every_field(name: str) -> None:
    """But those that were added with a value that changes nothing."""
    section = SECTIONS[name]
    identity = section.model_validate(given(section, defaults=False)).identity()
    added = {
        name
        for name, field in section.model_fields.items()
        if any(isinstance(mark, Added) for mark in field.metadata)
    }
    assert set(section.model_fields) - added <= set(identity) <= set(section.model_fields)


def descent(default: float) -> type[Optimizer]:
    class Descent(Optimizer):
        name: str = "descent"
        momentum: float = default

    return Descent


def test_a_default_whose_value_changes_is_another_run(spec) -> None:
    before, after = descent(0.9), descent(0.8)
    assert spec(optimizer=before(lr=0.1)).id != spec(optimizer=after(lr=0.1)).id
    # But not where nobody had left it to the default.
    assert (
        spec(optimizer=before(lr=0.1, momentum=0.5)).id
        == spec(optimizer=after(lr=0.1, momentum=0.5)).id
    )
    assert spec(optimizer=before(lr=0.1)).id == spec(optimizer=after(lr=0.1, momentum=0.9)).id


@pytest.mark.parametrize(("off", "default"), [(0.0, 0.0), (0.0, 0.7), (None, None), (None, 0.7)])
def test_a_field_that_is_added_leaves_runs_without_it_as_they_were(
    off: float | None, default: float | None, spec
) -> None:
    before = descent(0.9)

    class WithDamping(before):
        damping: Annotated[float | None, Added(off=off)] = default

    run = spec(optimizer=before(lr=0.1)).id
    assert spec(optimizer=WithDamping(lr=0.1, damping=off)).id == run
    assert spec(optimizer=WithDamping(lr=0.1, damping=0.5)).id != run
    # Left to its default it is what the default says.
    assert (spec(optimizer=WithDamping(lr=0.1)).id == run) == (default == off)


@pytest.mark.parametrize("name", SECTIONS)
def test_a_field_that_is_added_is_marked_where_its_mark_is_seen(name: str) -> None:
    """Within `Annotated[...] | None`, or on a list's entries, nothing would come of it."""
    for field in SECTIONS[name].model_fields.values():
        for part in inner(field.annotation):
            assert not any(isinstance(mark, Added) for mark in getattr(part, "__metadata__", ()))


def test_precision_and_threads_are_part_of_the_identity(spec) -> None:
    changes = [{}, {"precision": "bf16"}, {"threads": 2}, {"threads": 2, "precision": "bf16"}]
    assert len({spec(**change).id for change in changes}) == len(changes)
