"""What is measured: small nets on tiny data, and tools."""

from collections.abc import Callable
from pathlib import Path

import pytest

from aebench.data.prepared import Prepared
from aebench.measures.subject import Subject
from aebench.schema import parse
from aebench.tools.config import ToolConfig
from aebench.training.fit import train
from aebench.training.runs import RunSpec, RunStore

MODELS = {
    "stacked": {"name": "stacked", "widths": [16, 2], "unit": "tanh"},
    "vae": {
        "name": "vae",
        "latent": 2,
        "encoder": {"widths": [16], "unit": "tanh"},
        "decoder": {"widths": [16], "unit": "tanh"},
    },
}
OBJECTIVES = {
    "stacked": {"name": "reconstruction", "loss": "sse"},
    "vae": {"name": "elbo", "binarization": "stochastic"},
}


@pytest.fixture
def net(prepared: Prepared, tmp_path: Path) -> Callable[..., Subject]:
    """`net("stacked", without=[1], epochs=30, data=...)`: a trained one."""

    def net(name: str, without=None, epochs: int = 30, data: Prepared | None = None) -> Subject:
        data = data or prepared
        training = {
            "epochs": epochs,
            "batch_size": 20,
            "optimizer": {"name": "adamw", "lr": 1e-2},
            "schedule": {"name": "cosine"},
            **({"without": without} if without else {}),
        }
        spec = RunSpec(
            model=MODELS[name] | {"image_shape": data.image_shape},
            objective=OBJECTIVES[name],
            training=training,
            precision="fp32",
            data=data.checksum,
            seed=0,
        )
        store = RunStore(tmp_path / "runs")
        run = train(spec, data, name, store, progress=False)
        return Subject(run, data, store, seed=0, unseen=without or ())

    return net


@pytest.fixture
def tool(prepared: Prepared, tmp_path: Path) -> Callable[..., Subject]:
    """`tool("pca", unseen=[1], components=[2])`."""

    def tool(name: str, unseen=(), seed: int = 0, data: Prepared | None = None, **settings):
        config = parse(ToolConfig, {"name": name, **settings}, "tool")
        store = RunStore(tmp_path / "runs")
        return Subject(None, data or prepared, store, config, seed, unseen)

    return tool
