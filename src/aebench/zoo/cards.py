"""The models that are there, and their cards."""

from pathlib import Path

from aebench.core.schema import Section, parse
from aebench.core.sealed import read_sealed

FOLDER = Path(__file__).parent / "weights"
# The first test images, whose mean is on the card beside that of all.
FEW = 16
SAMPLES = 100
NOISE = 0.4
# Metric -> what it is of a test image.
METRICS = {
    "sse_per_image": "squared error",
    "restored_sse": f"squared error after Gaussian noise of {NOISE:g} was removed",
    "nll": f"-log p(x) in nats, binarized at random ({SAMPLES} importance samples)",
    "bits_per_pixel": f"-log p(x) in bits a number of the image ({SAMPLES} importance samples)",
}


class Card(Section):
    """What a model is, what it was trained on, how good it is, and how it is made again.

    `number` is the mean of `metric`, one of METRICS, over all test images, which the
    model has not been trained on; `low` and `high` are the ends of its 95 % interval over these
    images. `few` is the mean over the first FEW of them.
    """

    about: str
    dataset: str
    data: str
    licence: str
    command: str
    metric: str
    number: float
    low: float
    high: float
    few: float


def names() -> list[str]:
    """The names of the models, in the order of the alphabet."""
    return sorted(path.stem for path in FOLDER.glob("*.safetensors"))


def weights(name: str) -> Path:
    """The file of a model's weights, one of `names`."""
    return FOLDER / f"{name}.safetensors"


def card(name: str) -> Card:
    """The card of a model, one of `names`; raises InputError if its file is damaged."""
    return parse(Card, read_sealed(weights(name).with_suffix(".json")).get("card"), f"{name}: card")
