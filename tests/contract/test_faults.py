"""Faults planted in copies of the examples: each is caught, by the check that is about it."""

import pytest

SHAPES = "for grey and colour, other sizes"
EVALUATION = "In evaluation"
FAULTS = {
    "one output too many": (
        "mixer",
        {"channels * height * width, outputs)": "channels * height * width, outputs + 1)"},
        "encoder",
        SHAPES,
        "4 x 6; expected 4 x 5",
    ),
    "images of 28 x 28 only": (
        "mixer",
        {"nn.Linear(channels * height * width, outputs)": "nn.Linear(784, outputs)"},
        "encoder",
        SHAPES,
        "cannot be multiplied",
    ),
    "a layer that nothing goes through": (
        "mixer",
        {
            "self.dim = dim\n": "self.dim, self.spare = dim, nn.Linear(2, 2)\n",
        },
        "encoder",
        "Finite gradients",
        "no gradient reaches 0.spare.weight",
    ),
    "statistics of the batch in evaluation": (
        "mixer",
        {
            "nn.Flatten(), nn.Linear": "nn.Flatten(), nn.BatchNorm1d(channels * height * width, "
            "track_running_stats=False), nn.Linear"
        },
        "encoder",
        EVALUATION,
        "",
    ),
    "noise in evaluation": (
        "mixer",
        {"return x + self": "return x + 0.1 * __import__('torch').rand_like(x) + self"},
        "encoder",
        EVALUATION,
        "each time",
    ),
    "weights from another generator": (
        "mixer",
        {
            "self.dim = dim\n": "self.dim, number = dim, __import__('random').random()\n"
            "        self.scale = nn.Parameter(__import__('torch').tensor(number))\n",
            "return x + self": "return self.scale * x + self",
        },
        "encoder",
        "The same seed",
        "scale differs",
    ),
    "numbers that are not saved": (
        "mixer",
        {
            "        self.dim = dim\n": "        self.dim = dim\n"
            "        self.scale = __import__('torch').rand(1)\n",
            "return x + self": "return self.scale * x + self",
        },
        "encoder",
        "state_dict",
        "lacks values",
    ),
    "pixels instead of logits": (
        "mixer",
        {"Along(width, self.hidden, -1))": "Along(width, self.hidden, -1), nn.Sigmoid())"},
        "decoder",
        "logits",
        "all outputs lie in [0, 1]",
    ),
    "no number": (
        "huber",
        {
            "output.float(), batch, reduction": "output.float() - 2, batch, reduction",
            "delta=self.delta)": "delta=self.delta).neg().log()",
        },
        "objective",
        "finite scalars",
        "not all numbers are finite",
    ),
    "uphill": (
        "huber",
        {
            'return {"loss": loss / len(batch)}': 'return {"loss": -loss / len(batch)}',
            "**self(trainable, batch, 0.0), ": '"loss": error, ',
            "        error = ": "        error = ",
        },
        "objective",
        "lowers its validation loss",
        "in 150 updates",
    ),
    "tensors instead of numbers": (
        "huber",
        {".mean().item()}": ".mean()}"},
        "objective",
        "metrics",
        "sse_per_image is",
    ),
    "a rate of its own": (
        "lion",
        {'.sign(), alpha=group["lr"])': ".sign(), alpha=self.defaults['lr'])"},
        "optimizer",
        "follows the schedule",
        "although the rate is 0",
    ),
    "a memory that no checkpoint holds": (
        "lion",
        {
            "self.state[p].setdefault(": "self.__dict__.setdefault('memory', {}).setdefault(p, {})"
            ".setdefault("
        },
        "optimizer",
        "interrupted",
        "lacks values",
    ),
    "some parameters left out": (
        "lion",
        {"if p.grad is not None:": "if p.grad is not None and p.ndim > 1:"},
        "optimizer",
        "moves all parameters",
        "does not move",
    ),
    "float images": (
        "stripes",
        {"pixels.astype(np.uint8)": "pixels"},
        "source",
        "valid images, labels and test mask",
        "uint8",
    ),
    "other images each time": (
        "stripes",
        {"default_rng(0)": "default_rng()"},
        "source",
        "same bytes",
        "differ each time",
    ),
    "a column that is not named": (
        "sharpness",
        {'MeasureResult({"sharpness"': 'MeasureResult({"sharp"'},
        "measure",
        "finite values of its columns",
        "'sharp' is none of its columns",
    ),
    "a column that nobody understands": (
        "sharpness",
        {'return ("sharpness",)': 'return ("sharpness", "blur")'},
        "measure",
        "glossary",
        "it does not describe 'blur'",
    ),
    "another shape": (
        "mean_filter",
        {"uniform_filter(images, (1, 1, size, size))": "images[..., ::2, ::2]"},
        "baseline",
        "As a filter",
        "expected 40 x 1 x 16 x 16",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_caught_by_name(fault: str, checked) -> None:
    example, changes, kind, check, says = FAULTS[fault]
    faults = [result for result in checked(example, changes) if result.fault]
    assert any(
        result.member.startswith(kind) and check in result.check and says in result.fault
        for result in faults
    ), [str(result) for result in faults]


@pytest.mark.parametrize("example", sorted({fault[0] for fault in FAULTS.values()}))
def test_the_examples_themselves_have_none(example: str, checked) -> None:
    assert not [str(result) for result in checked(example) if result.fault]


LIKELIHOOD = '''
from typing import Literal
from types import SimpleNamespace
from torch.distributions import Normal
from aebench.models.base import Likelihood

class Gaussian(Likelihood):
    """A density on all numbers, of which pixels see a part."""
    name: Literal["gaussian"]
    def build(self):
        return SimpleNamespace(
            maps=1, grey=True,
            nll=lambda outputs, images: -Normal(outputs, 0.3).log_prob(images),
            mean=lambda outputs: outputs.clamp(0, 1),
        )
'''
BOUND = """
from typing import Literal
from aebench.objectives.elbo import Elbo as Criterion
from aebench.objectives.sections.elbo import Elbo

class Loose(Elbo):
    name: Literal["loose"]
    binarization: Literal["stochastic", "none"] = "stochastic"
    def build(self):
        return LooseCriterion(self)

class LooseCriterion(Criterion):
    def means(self, model, target):
        means = super().means(model, target)
        return means | {"loss": means["reconstruction"] + 0.2 * means["kl"]}
"""


@pytest.mark.parametrize(
    ("text", "check", "says"),
    [
        (LIKELIHOOD, "sums or integrates to 1", "expected 1 of one of them"),
        (BOUND, "As a bound it is below", "and log p(x)"),
    ],
    ids=["likelihood", "bound"],
)
def test_what_is_no_likelihood_and_no_bound_is_caught(
    text: str, check: str, says: str, checked, tmp_path
) -> None:
    (tmp_path / "mine.py").write_text(text)
    from aebench.contract.run import test_plugin as check_plugin

    faults = [result for result in check_plugin(str(tmp_path / "mine.py")) if result.fault]
    assert any(check in result.check and says in result.fault for result in faults)
