"""Times pythae's `get_nll`; likelihood.py runs it in an environment with pythae.

Prints the seconds, and -log p(x) in nats.
"""

import json
import sys
import time
from pathlib import Path

import numpy as np
import torch
from pythae.models import VAE, VAEConfig
from pythae_trainer import Decoder, Encoder
from torch import nn


def main(folder: str, arguments: str) -> None:
    options = json.loads(arguments)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    images = torch.from_numpy(np.load(Path(folder) / "images.npy").astype(np.float32) / 255)
    sizes = [784, 200, 200, 50]
    config = VAEConfig(input_dim=(1, 28, 28), latent_dim=50, reconstruction_loss="bce")
    model = VAE(config, Encoder(sizes, nn.Tanh, True), Decoder(sizes, nn.Tanh)).eval()
    # Both store the encoder first, and the layers in order.
    with np.load(Path(folder) / "weights.npz") as weights, torch.no_grad():
        parameters = [*model.encoder.parameters(), *model.decoder.parameters()]
        for parameter, name in zip(parameters, weights.files, strict=True):
            parameter.copy_(torch.from_numpy(weights[name]))
    model, images = model.to(device), images.to(device)
    with torch.no_grad():
        model.get_nll(images[:1], options["samples"], options["batch_size"])
        began = time.perf_counter()
        log_p = model.get_nll(images, options["samples"], options["batch_size"])
    print(time.perf_counter() - began, -float(log_p))


if __name__ == "__main__":
    main(*sys.argv[1:])
