"""Stage `report`: the numbers and pictures of `evaluate`, as a short paper."""

import math
from pathlib import Path
from typing import Any

from aebench import paths
from aebench.errors import InputError
from aebench.files import read_json, write_text
from aebench.params import config_for, load_params
from aebench.reporting import published, render


def report(dataset: str) -> None:
    config = config_for(load_params(), dataset)
    folder = paths.report(dataset)
    card = _made("prepare", dataset, folder / "data" / "card.json")
    metrics = _made("evaluate", dataset, folder / "metrics.json")
    pixels = math.prod(card["image_shape"])
    widths = config.autoencoder.widths
    text = render.markdown(
        {
            "dataset": dataset,
            "card": card,
            "pixels": pixels,
            "code": widths[-1],
            "depths": range(1, len(widths) + 1),
            "seeds": config.seeds,
            "net": config.autoencoder.model_dump(),
            "pretrain": config.pretrain.model_dump(),
            "finetune": config.finetune.model_dump(),
            "vae": config.vae.model_dump(),
            "samples": metrics["vae"]["test"]["nll_samples"],
            "reconstruction": published.RECONSTRUCTION.get(dataset, []),
            "likelihood": published.LIKELIHOOD.get(dataset, []),
            "verdict": pretraining_verdict(metrics),
            "sizes": lambda hidden: "-".join(map(str, [pixels, *hidden])),
        },
        metrics,
    )
    write_text(folder / "report.md", text)
    write_text(folder / "report.html", render.html(text, folder))


def _made(stage: str, dataset: str, path: Path) -> Any:
    if not path.exists():
        raise InputError(f"{path}: not there; `aebench {stage} {dataset}` makes it")
    return read_json(path)


def pretraining_verdict(metrics: dict) -> str:
    """By how much fine-tuning from pretrained weights ends elsewhere than from scratch.

    It does where the difference exceeds twice its standard deviation over seeds.
    """
    finetuned, scratch = metrics["finetuned"]["test"], metrics["scratch"]["test"]
    if "sse_per_image_sd" not in finetuned:
        return "with one seed, no telling whether that is luck"
    difference = scratch["sse_per_image"] - finetuned["sse_per_image"]
    if abs(difference) <= 2 * math.hypot(
        finetuned["sse_per_image_sd"], scratch["sse_per_image_sd"]
    ):
        return "a difference within the spread over seeds"
    share = abs(difference) / scratch["sse_per_image"]
    return f"with pretraining {share:.1%} {'less' if difference > 0 else 'more'}"
