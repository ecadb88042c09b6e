"""The base classes of objectives in the config, and of their penalties and corruptions."""

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, Self

from pydantic import AfterValidator, Field, PositiveFloat

from aebench.core.registry import Kind

if TYPE_CHECKING:
    from torch import Tensor, nn

    from aebench.objectives.criterion import Criterion

# Squared error, or cross-entropy of Bernoulli pixels; both summed over an image's pixels.
PixelLoss = Literal["sse", "bce"]


class Objective(Kind):
    """The loss that a training minimizes."""

    kind: ClassVar[str] = "objective"
    home: ClassVar[str] = "aebench.objectives.sections"

    def build(self) -> "Criterion":
        """The loss function, with its validation loss and metrics."""
        raise NotImplementedError


class Penalty(Kind):
    """A term that is added to an objective, `weight` times."""

    kind: ClassVar[str] = "penalty"
    home: ClassVar[str] = "aebench.objectives.penalties"
    requires: ClassVar[tuple[str, ...]] = ("value",)
    # Depends on the weights alone, so that any objective can have it.
    of_weights: ClassVar[bool] = False
    # Differentiates the code with respect to the inputs.
    needs_input_gradient: ClassVar[bool] = False

    weight: PositiveFloat

    def check(self, model: "nn.Module") -> None:
        """Raise InputError for a model that the penalty does not fit."""

    def value(self, trainable: Any, inputs: Any, code: Any) -> "Tensor":
        """The term, a scalar, from the trainable module and its inputs and codes, tensors N x ...

        Inputs and codes may be None if the penalty is `of_weights`. Members state narrower types.
        """
        raise NotImplementedError


class Corruption(Kind):
    """Noise in the input, which a denoising autoencoder learns to remove.

    A bare number is the rate of masking noise.
    """

    kind: ClassVar[str] = "corruption"
    home: ClassVar[str] = "aebench.objectives.corruptions"
    requires: ClassVar[tuple[str, ...]] = ("corrupt", "unbiased")

    @classmethod
    def member(cls, value: Any) -> Self:
        if isinstance(value, int | float) and not isinstance(value, bool):
            value = {"name": "masking", "rate": value}
        elif not isinstance(value, dict | cls):
            raise ValueError(
                f"{value!r} is not allowed; allowed: a number, the share of inputs that is "
                "masked, or a mapping with 'name'"
            )
        return super().member(value)

    def corrupt(self, x: "Tensor") -> "Tensor":
        """A corrupted copy of `x`; the noise is drawn from the global generator."""
        raise NotImplementedError

    def unbiased(self, noisy: Any) -> Any:
        """A tensor or array whose mean over the noise is the clean input."""
        raise NotImplementedError


def _each_once(penalties: list[Penalty]) -> list[Penalty]:
    for name, times in Counter(penalty.member_name for penalty in penalties).items():
        if times > 1:
            raise ValueError(f"'{name}' is there {times} times; allowed: each penalty once")
    return penalties


def _of_weights(penalties: list[Penalty]) -> list[Penalty]:
    for penalty in penalties:
        if not penalty.of_weights:
            allowed = [name for name, member in Penalty.known().items() if member.of_weights]
            raise ValueError(
                f"'{penalty.member_name}' is not of the weights alone; "
                f"allowed: {', '.join(allowed)}"
            )
    return penalties


Penalties = Annotated[list[Penalty], AfterValidator(_each_once), Field(default=[])]
WeightPenalties = Annotated[
    list[Penalty], AfterValidator(_each_once), AfterValidator(_of_weights), Field(default=[])
]


def penalized(
    loss: "Tensor",
    penalties: Sequence[Penalty],
    trainable: "nn.Module",
    inputs: "Tensor | None" = None,
    code: "Tensor | None" = None,
) -> dict[str, "Tensor"]:
    """`loss` with the penalties added, and the value of each by its name (`activity_l1`, ...).

    `inputs` and `code` may be omitted if all penalties are `of_weights`.
    """
    values: dict[str, Tensor] = {}
    for penalty in penalties:
        value = penalty.value(trainable, inputs, code)
        values[penalty.member_name.replace("-", "_")] = value
        loss = loss + penalty.weight * value
    return {"loss": loss, **values}
