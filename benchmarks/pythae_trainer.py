"""Times pythae's trainer; training.py runs it in an environment with pythae.

Prints images per second, without the first epoch.
"""

import json
import statistics
import sys
import tempfile
import time
from itertools import pairwise

import numpy as np
import torch
from pythae.data.datasets import BaseDataset
from pythae.models import AE, VAE, AEConfig, VAEConfig
from pythae.models.base.base_utils import ModelOutput
from pythae.models.nn import BaseDecoder, BaseEncoder
from pythae.trainers import BaseTrainer, BaseTrainerConfig
from pythae.trainers.training_callbacks import TrainingCallback
from torch import nn


def layers(sizes: list[int], activation: type[nn.Module]) -> nn.Sequential:
    pairs = list(pairwise(sizes))
    modules = [m for a, b in pairs[:-1] for m in (nn.Linear(a, b), activation())]
    return nn.Sequential(*modules, nn.Linear(*pairs[-1]))


class Encoder(BaseEncoder):
    def __init__(self, sizes: list[int], activation: type[nn.Module], variational: bool):
        super().__init__()
        self.variational = variational
        self.net = layers([*sizes[:-1], sizes[-1] * (1 + variational)], activation)

    def forward(self, x: torch.Tensor) -> ModelOutput:
        y = self.net(x.flatten(1))
        if not self.variational:
            return ModelOutput(embedding=y)
        mean, log_var = y.chunk(2, 1)
        return ModelOutput(embedding=mean, log_covariance=log_var)


class Decoder(BaseDecoder):
    def __init__(self, sizes: list[int], activation: type[nn.Module]):
        super().__init__()
        self.net = layers(sizes[::-1], activation)

    def forward(self, z: torch.Tensor) -> ModelOutput:
        return ModelOutput(reconstruction=self.net(z).sigmoid().unflatten(1, (1, 28, 28)))


class EpochClock(TrainingCallback):
    def __init__(self):
        self.starts: list[float] = []

    def on_epoch_begin(self, *_, **__) -> None:
        self.starts.append(time.perf_counter())


def main(images_path: str, arguments: str) -> None:
    options = json.loads(arguments)
    torch.set_num_threads(options["threads"])
    images = np.load(images_path).astype(np.float32) / 255
    if options["workload"] == "vae":
        sizes, activation, variational = [784, 200, 200, 50], nn.Tanh, True
        config = VAEConfig(input_dim=(1, 28, 28), latent_dim=50, reconstruction_loss="bce")
        model_class = VAE
    else:
        sizes, activation, variational = [784, 1000, 500, 250, 30], nn.ReLU, False
        config, model_class = AEConfig(input_dim=(1, 28, 28), latent_dim=30), AE
    model = model_class(config, Encoder(sizes, activation, variational), Decoder(sizes, activation))
    clock = EpochClock()
    with tempfile.TemporaryDirectory() as folder:
        trainer = BaseTrainer(
            model,
            BaseDataset(torch.from_numpy(images), torch.zeros(len(images))),
            training_config=BaseTrainerConfig(
                output_dir=folder,
                per_device_train_batch_size=options["batch_size"],
                num_epochs=options["epochs"] + 1,
                learning_rate=1e-3,
                optimizer_cls="AdamW",
            ),
            callbacks=[clock],
        )
        trainer.train()
    seconds = [b - a for a, b in pairwise(clock.starts[1:])]
    print(len(images) / statistics.median(seconds))


if __name__ == "__main__":
    main(*sys.argv[1:])
