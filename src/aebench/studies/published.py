"""Published numbers that stand beside a study's own, as its file states them."""

from typing import Literal

from pydantic import Field

from aebench.core.schema import Section


class Published(Section):
    """A value of a metric, by whom, and how it was obtained.

    `where`: the levels whose result it stands beside; else `what` it is of. `differs`: how its
    protocol does. `compare`: by `rank` where only the order can be compared, since the measures are
    not the same. `status`: `read` in the source itself, `quoted` in a later copy, `recalled` from
    memory by two readers, the source not at hand, `computed` by us from the data.
    """

    where: dict[str, str] = Field(default_factory=dict)
    what: str = ""
    metric: str
    value: float
    source: str
    status: Literal["read", "quoted", "recalled", "computed"]
    differs: str = ""
    compare: Literal["value", "rank"] = "value"
