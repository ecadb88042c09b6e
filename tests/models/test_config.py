import pytest

from aebench.core.errors import InputError
from aebench.models import build

DENSE = {"widths": [4], "unit": "tanh"}
NORMED = DENSE | {"batch_norm": True}
VAE = {"name": "vae", "image_shape": [1, 2, 2], "latent": 2, "encoder": DENSE, "decoder": DENSE}
VAMP, FLOW = {"name": "vamp"}, {"name": "iaf", "steps": 2, "widths": [4], "unit": "relu"}
PIXELS = {"name": "pixelcnn", "channels": 4, "blocks": 1, "unit": "relu"}
TWO = VAE | {"name": "two-layer-vae", "inner_encoder": DENSE, "inner_decoder": DENSE}
TWO.pop("latent")


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        (VAE | {"prior": VAMP, "flow": FLOW}, "allowed: one of prior and flow"),
        (VAE | {"prior": VAMP, "encoder": NORMED}, "allowed: encoder.batch_norm false"),
        (
            TWO | {"latents": [3, 2], "prior": VAMP, "inner_encoder": NORMED},
            "allowed: inner_encoder.batch_norm false",
        ),
        (VAE | {"pixels": PIXELS, "likelihood": "beta-binomial"}, "allowed: likelihood bernoulli"),
        (VAE | {"prior": {"name": "mixture"}}, "prior: unknown name 'mixture'; allowed: vamp"),
        (VAE | {"prior": VAMP | {"pseudo_inputs": 0}}, "prior.pseudo_inputs: 0"),
        (VAE | {"flow": {"name": "iaf", "steps": 2, "unit": "relu"}}, "flow.widths: missing"),
        (TWO, "latents: missing"),
        (TWO | {"latents": [3]}, "latents: "),
        (TWO | {"latents": [3, 2], "inner_encoder": {"net": "conv"}}, "inner_encoder"),
        (VAE | {"name": "conditional-vae", "classes": 257}, "classes: 257"),
        (
            {"name": "vqvae"},
            "unknown name 'vqvae' (did you mean 'vae'?); allowed: autoencoder, classifier, cond",
        ),
    ],
)
def test_a_mistake_is_named_in_one_line(spec: dict, said: str) -> None:
    with pytest.raises(InputError) as caught:
        build(spec)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)
