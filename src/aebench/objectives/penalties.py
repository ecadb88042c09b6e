"""Penalties: terms added to a loss, each times its `weight`, to regularize what is learned.

`value` of a penalty is what it is before it is weighted. `inputs` (N x ...) are what the encoder
was given, with a gradient where the penalty asks for one, and `code` (N x code) is what it made of
them.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import AfterValidator, Field, PositiveFloat

from aebench.errors import InputError
from aebench.schema import Section

if TYPE_CHECKING:
    from torch import Tensor, nn


def weights(module: "nn.Module") -> Iterator["Tensor"]:
    """The weight matrices and filters of `module`, shared ones once, without biases and scales."""
    return (p for p in module.parameters() if p.ndim > 1)


def squares(module: "nn.Module") -> "Tensor":
    """The sum of their squares."""
    return sum(w.square().sum() for w in weights(module))


class L2(Section):
    """The sum of all squared weights (ridge, Tikhonov).

    Its gradient, 2 w, goes through the optimizer like the error's: Adam divides it by the size of
    each weight's gradients, so that weights with large gradients are hardly shrunk. An optimizer's
    decoupled `weight_decay` shrinks all weights alike, by lr * weight_decay (Loshchilov & Hutter
    2019). They agree for plain SGD only, where weight_decay = 2 * weight.
    """

    name: Literal["l2"]
    weight: PositiveFloat

    def value(self, trainee: "nn.Module", inputs: "Tensor", code: "Tensor") -> "Tensor":
        return squares(trainee)


class L1(Section):
    """The sum of the magnitudes of all weights (lasso, Tibshirani 1996)."""

    name: Literal["l1"]
    weight: PositiveFloat

    def value(self, trainee: "nn.Module", inputs: "Tensor", code: "Tensor") -> "Tensor":
        return sum(w.abs().sum() for w in weights(trainee))


class ActivityL1(Section):
    """The code's magnitude, summed over the code and averaged over images (sparse coding)."""

    name: Literal["activity-l1"]
    weight: PositiveFloat

    def value(self, trainee: "nn.Module", inputs: "Tensor", code: "Tensor") -> "Tensor":
        return code.float().abs().flatten(1).sum(1).mean()


class SparseKL(Section):
    """KL(Bernoulli(rate) || Bernoulli(mean activation)), summed over code units, in nats.

    The mean is over the batch (Ng 2011, CS294A lecture notes, section 3; Nair & Hinton 2009). Code
    units must be sigmoid ones, whose activation is a probability.
    """

    name: Literal["sparse-kl"]
    weight: PositiveFloat
    rate: Annotated[float, Field(gt=0, lt=1)]

    def check(self, model: "nn.Module") -> None:
        """Raises InputError where the code's unit does not give numbers in (0, 1)."""
        from torch import nn

        # Nets of convolutions end in an affine layer.
        code_unit = getattr(model.encoder, "units", [nn.Identity()])[-1]
        if not isinstance(code_unit, nn.Sigmoid):
            raise InputError(
                "objective: penalties: sparse-kl needs activations in (0, 1), and the code's unit "
                f"is {type(code_unit).__name__}; allowed: a model whose code unit is sigmoid"
            )

    def value(self, trainee: "nn.Module", inputs: "Tensor", code: "Tensor") -> "Tensor":
        mean = code.float().mean(0)
        # Units that are all off or all on are at 0 or 1 once rounded, where the divergence is inf.
        mean = mean.clamp(1e-6, 1 - 1e-6)
        on = self.rate * (self.rate / mean).log()
        off = (1 - self.rate) * ((1 - self.rate) / (1 - mean)).log()
        return (on + off).sum()


class Contractive(Section):
    """The squared Frobenius norm of the encoder's Jacobian, averaged over images.

    Rifai et al. (2011) have a closed form for one sigmoid layer. Here any encoder will do: |J|^2 is
    E |v J|^2 for random signs v (Hutchinson 1990), estimated without bias by one v an image, which
    costs one backward pass. An image's code must not depend on the other images.
    """

    name: Literal["contractive"]
    weight: PositiveFloat

    def check(self, model: "nn.Module") -> None:
        """Raises InputError where the encoder has batch norm."""
        from torch import nn

        if any(
            isinstance(part, nn.modules.batchnorm._BatchNorm) for part in model.encoder.modules()
        ):
            raise InputError(
                "objective: penalties: contractive needs codes that depend on one image each, and "
                "the encoder has batch norm; allowed: a model without"
            )

    def value(self, trainee: "nn.Module", inputs: "Tensor", code: "Tensor") -> "Tensor":
        import torch

        signs = torch.randint_like(code, 2) * 2 - 1
        (product,) = torch.autograd.grad(code, inputs, signs, create_graph=True)
        return product.float().square().flatten(1).sum(1).mean()


class MMD(Section):
    """The squared maximum mean discrepancy between a batch's codes and as many draws of N(0, I).

    Tolstikhin et al. (2018): with squared error and this, an autoencoder is a WAE-MMD. Their kernel
    is the inverse multiquadratic C / (C + |x - y|^2), summed over seven scales of C = 2 code, which
    is what |x - y|^2 is in the mean for two draws; the estimate is their algorithm 2's, without
    bias, so that it may be a little below 0. A batch needs two images or more.
    """

    name: Literal["mmd"]
    weight: PositiveFloat

    def value(self, trainee: "nn.Module", inputs: "Tensor", code: "Tensor") -> "Tensor":
        import torch

        # Distances of large norms: bf16 would leave nothing of them.
        with torch.autocast(code.device.type, enabled=False):
            return discrepancy(code.float(), torch.randn_like(code.float()))


def discrepancy(x: "Tensor", y: "Tensor") -> "Tensor":
    """The squared MMD of N x D and N x D, without bias, by the kernel that `MMD` describes."""
    n, size = x.shape
    within = sum(_kernel(a, a, size).sum() - _kernel_at_zero(n) for a in (x, y))
    return within / (n * (n - 1)) - 2 * _kernel(x, y, size).sum() / n**2


SCALES = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)


def _kernel(x: "Tensor", y: "Tensor", size: int) -> "Tensor":
    lengths = x.square().sum(1)[:, None] + y.square().sum(1)
    squared = (lengths - 2 * x @ y.T).clamp(min=0)
    return sum(2 * size * scale / (2 * size * scale + squared) for scale in SCALES)


def _kernel_at_zero(count: int) -> int:
    """What `count` points' kernels with themselves sum to."""
    return count * len(SCALES)


class CodeL2(Section):
    """Half the code's squared length, averaged over images.

    With squared error, this and `decoder-l2`, an autoencoder is the RAE-L2 of Ghosh et al. (2020),
    to whose codes a density is fitted afterwards.
    """

    name: Literal["code-l2"]
    weight: PositiveFloat

    def value(self, trainee: "nn.Module", inputs: "Tensor", code: "Tensor") -> "Tensor":
        return 0.5 * code.float().square().flatten(1).sum(1).mean()


class DecoderL2(Section):
    """The sum of the decoder's squared weights (Ghosh et al. 2020; see `code-l2`)."""

    name: Literal["decoder-l2"]
    weight: PositiveFloat

    def check(self, model: "nn.Module") -> None:
        """Raises InputError where the decoder has no weights of its own."""
        if not any(True for _ in weights(model.decoder)):
            raise InputError(
                "objective: penalties: decoder-l2: the decoder's weights are the encoder's; "
                "allowed: a model with tied: false, or the penalty l2"
            )

    def value(self, trainee: "nn.Module", inputs: "Tensor", code: "Tensor") -> "Tensor":
        return squares(trainee.decoder)


def _each_once(penalties: list) -> list:
    for name, times in Counter(penalty.name for penalty in penalties).items():
        if times > 1:
            raise ValueError(f"'{name}' is there {times} times; allowed: each penalty once")
    return penalties


WeightPenalties = Annotated[
    list[Annotated[L2 | L1, Field(discriminator="name")]], AfterValidator(_each_once)
]
Penalties = Annotated[
    list[
        Annotated[
            L2 | L1 | ActivityL1 | SparseKL | Contractive | MMD | CodeL2 | DecoderL2,
            Field(discriminator="name"),
        ],
    ],
    AfterValidator(_each_once),
]


def penalized(
    loss: "Tensor",
    penalties: Sequence[Section],
    trainee: "nn.Module",
    inputs: "Tensor | None" = None,
    code: "Tensor | None" = None,
) -> dict[str, "Tensor"]:
    """`loss` with the penalties added, and the value of each by its name (`activity_l1`, ...).

    `inputs` and `code` may be left out where all penalties are on weights.
    """
    values = {p.name.replace("-", "_"): p.value(trainee, inputs, code) for p in penalties}
    for penalty, value in zip(penalties, values.values(), strict=True):
        loss = loss + penalty.weight * value
    return {"loss": loss, **values}
