"""What can be minimized, as the config names it, and the parts that objectives name."""

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
    """What a training minimizes: any net, any objective."""

    kind: ClassVar[str] = "objective"
    home: ClassVar[str] = "aebench.objectives.sections"

    def build(self) -> "Criterion":
        """The function that is minimized."""
        raise NotImplementedError


class Penalty(Kind):
    """A term that is added to an objective, `weight` times."""

    kind: ClassVar[str] = "penalty"
    home: ClassVar[str] = "aebench.objectives.penalties"
    requires: ClassVar[tuple[str, ...]] = ("value",)
    # Of the weights alone, so that any objective can have it.
    of_weights: ClassVar[bool] = False
    # It differentiates the code by the inputs.
    needs_input_gradient: ClassVar[bool] = False

    weight: PositiveFloat

    def check(self, model: "nn.Module") -> None:
        """Raise InputError where the penalty does not fit the model."""

    def value(
        self, trainable: "nn.Module", inputs: "Tensor | None", code: "Tensor | None"
    ) -> "Tensor":
        """The term, a scalar; inputs and codes, N x ..., are None where it is `of_weights`."""
        raise NotImplementedError


class Corruption(Kind):
    """Noise in the input, from which a denoising autoencoder restores the clean one.

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
        """A corrupted `x`, of the same shape; the noise is drawn from the global generator."""
        raise NotImplementedError

    def unbiased(self, noisy: Any) -> Any:
        """A tensor or array whose mean over the noise is what was corrupted."""
        raise NotImplementedError


def _each_once(penalties: list[Penalty]) -> list[Penalty]:
    for name, times in Counter(penalty.name for penalty in penalties).items():
        if times > 1:
            raise ValueError(f"'{name}' is there {times} times; allowed: each penalty once")
    return penalties


def _of_weights(penalties: list[Penalty]) -> list[Penalty]:
    for penalty in penalties:
        if not penalty.of_weights:
            allowed = [name for name, one in Penalty.known().items() if one.of_weights]
            raise ValueError(
                f"'{penalty.name}' is not of the weights alone; allowed: {', '.join(allowed)}"
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

    `inputs` and `code` may be left out where all penalties are on weights.
    """
    values = {p.name.replace("-", "_"): p.value(trainable, inputs, code) for p in penalties}
    for penalty, value in zip(penalties, values.values(), strict=True):
        loss = loss + penalty.weight * value
    return {"loss": loss, **values}
