"""The registry of everything that the config can name: nets, objectives, optimizers and others.

A kind is a class, such as `Optimizer`, that states `kind` and `home`. A member is a subclass of it
whose tag, mostly `name`, is a `Literal`; defining the class, here or in a plug-in, registers it. A
field of the config that is annotated with the kind takes any member.

A role is a subclass without a tag whose `requires` states what its members must also define; a
member may have several roles.
"""

import importlib
import importlib.util
import pkgutil
from collections.abc import Mapping
from functools import cache
from typing import Any, ClassVar, Literal, Self, get_args, get_origin

from pydantic_core import core_schema

from aebench.core.errors import brief
from aebench.core.nearest import unknown
from aebench.core.schema import Section


class NameTaken(Exception):
    """Two members of a kind, in different modules, have the same name."""

    def __init__(self, kind: str, name: str, modules: tuple[str, str]):
        super().__init__(f"the {kind} '{name}' is in {modules[0]} and in {modules[1]}")
        self.kind, self.name, self.modules = kind, name, modules


class Kind(Section):
    """Base of all kinds; the module's docstring says how to define a kind and a member.

    Members are sections, with their settings as fields. The first look-up imports all modules under
    `home`, so those that `aebench check` reads import torch only in their methods.
    """

    # The kind's name in messages, e.g. "optimizer".
    kind: ClassVar[str]
    # The package or module of the built-in members.
    home: ClassVar[str]
    # The key that names the member, and its value if it is missing; None: the key is required.
    tag: ClassVar[str] = "name"
    default: ClassVar[str | None] = None
    # Methods and class variables that a member must define.
    requires: ClassVar[tuple[str, ...]] = ("build",)
    members: ClassVar[dict[str, type["Kind"]]]

    @classmethod
    def __pydantic_init_subclass__(cls, **_: Any) -> None:
        if cls._is_kind():
            cls.members = {}
            KINDS[cls.kind] = cls
            return
        field = cls.model_fields.get(cls.tag)
        if field is None or get_origin(field.annotation) is not Literal:
            # A base class of several members.
            return
        for name in get_args(field.annotation):
            other = cls.members.get(name)
            # A reloaded module defines the same class again.
            if other and (other.__module__, other.__qualname__) != (
                cls.__module__,
                cls.__qualname__,
            ):
                raise NameTaken(cls.kind, name, (other.__module__, cls.__module__))
            cls.members[name] = cls

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> core_schema.CoreSchema:
        if cls._is_kind():
            return core_schema.no_info_plain_validator_function(cls.member)
        return handler(source)

    @classmethod
    def known(cls) -> dict[str, type[Self]]:
        """The members by name, built-in and from loaded plug-ins; of a role, those that have it."""
        _import_all(cls.home)
        return {name: member for name, member in cls.members.items() if issubclass(member, cls)}

    @classmethod
    def names(cls) -> str:
        """The members' names, sorted and joined by commas."""
        return ", ".join(sorted(cls.known()))

    @classmethod
    def member(cls, value: Any) -> Self:
        """The member of this mapping, or `value` if it is a member; raises ValueError."""
        if isinstance(value, cls):
            return value
        if not isinstance(value, Mapping):
            raise ValueError(
                f"{brief(repr(value))} is not allowed; allowed: a mapping with '{cls.tag}'"
            )
        name = value.get(cls.tag, cls.default)
        if name is None:
            raise ValueError(f"its '{cls.tag}' is missing")
        known = cls.known()
        if not isinstance(name, str) or name not in known:
            raise ValueError(f"{unknown('name', str(name), known)}; allowed: {cls.names()}")
        return known[name].model_validate(value)

    @property
    def member_name(self) -> str:
        """The name by which the config calls this member: its tag."""
        return getattr(self, self.tag)

    @classmethod
    def lacks(cls) -> list[str]:
        """The names that a member must define for its kind and roles, and does not."""
        kind = KINDS[cls.kind]
        return [
            name
            for base in cls.__mro__[1:]
            if base is kind or (issubclass(base, kind) and "requires" in vars(base))
            for name in base.requires
            if getattr(cls, name, None) is getattr(base, name, None)
        ]

    def __reduce_ex__(self, protocol: Any) -> Any:
        from aebench.core import plugins

        # The process that unpickles may not have loaded the plug-in.
        if plugin := plugins.owner(type(self)):
            return plugins.restore, (plugin.reference, self.kind, self.model_dump())
        return super().__reduce_ex__(protocol)

    @classmethod
    def _is_kind(cls) -> bool:
        return "kind" in cls.__dict__


KINDS: dict[str, type[Kind]] = {}


@cache
def _import_all(home: str) -> None:
    for name in modules_under(home):
        importlib.import_module(name)


def modules_under(home: str) -> list[str]:
    """The module `home` and, if it is a package, the modules directly in it, without packages.

    Imports only the parent packages.
    """
    spec = importlib.util.find_spec(home)
    if spec is None:
        raise ValueError(f"no module {home}")
    inner = pkgutil.iter_modules(spec.submodule_search_locations or ())
    return [home, *(f"{home}.{module.name}" for module in inner if not module.ispkg)]
