import pytest
import torch

from aebench import models
from aebench.core.errors import InputError
from aebench.models.autoencoder import Autoencoder
from aebench.models.stacked import StackedAutoencoder
from aebench.objectives.sections.reconstruction import Reconstruction

SPEC = {
    "name": "autoencoder",
    "image_shape": [3, 5, 7],
    "code": 2,
    "encoder": {"net": "conv", "channels": [4, 6], "unit": "silu"},
    "decoder": {"widths": [8], "unit": "silu"},
}


def test_images_to_codes_and_back() -> None:
    net = models.build(SPEC)
    images = torch.rand(4, 3, 5, 7)
    codes = net.encode(images)
    assert codes.shape == (4, 2)
    decoded = net.decode(codes)
    assert decoded.shape == images.shape
    assert decoded.min() > 0 and decoded.max() < 1
    torch.testing.assert_close(net.reconstruct(images), decoded)
    torch.testing.assert_close(net.logits(images).sigmoid(), decoded)


def test_with_mirrored_dense_nets_it_is_the_stacked_autoencoder() -> None:
    stacked = StackedAutoencoder([1, 4, 3], [8, 6, 2], "tanh")
    net = Autoencoder(
        [1, 4, 3], 2, {"widths": [8, 6], "unit": "tanh"}, {"widths": [6, 8], "unit": "tanh"}
    )
    net.load_state_dict(stacked.state_dict())
    images = torch.rand(5, 1, 4, 3)
    assert torch.equal(net.logits(images), stacked.logits(images))


def test_its_reconstruction_error_can_be_minimized_and_measured() -> None:
    objective = Reconstruction(loss="sse").build()
    net = models.build(SPEC)
    images = torch.randint(256, (9, 3, 5, 7), dtype=torch.uint8)
    error = (net.reconstruct(images / 255) - images / 255).square().flatten(1).sum(1).mean()
    assert objective.metrics(net, images) == {
        "sse_per_image": pytest.approx(error.item(), rel=1e-5)
    }
    loss = objective(objective.trainable(net), images / 255, epoch=0.0)["loss"]
    torch.testing.assert_close(loss, error)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"name": "gan"}, "model: unknown name 'gan'; allowed: autoencoder, classifier, .*, vae$"),
        ({"codes": 2}, "model: unknown key 'codes' .did you mean 'code'"),
        ({"code": 0}, "model: code: 0 is not allowed"),
        ({"image_shape": None}, "model: image_shape: missing"),
        ({"image_shape": [28, 28]}, "model: image_shape: .* at least 3 items"),
        ({"decoder": SPEC["encoder"] | {"kernal": 3}}, "model: decoder: unknown key 'kernal'"),
    ],
)
def test_a_mistake_in_a_spec_is_named_in_one_line(change: dict, said: str) -> None:
    with pytest.raises(InputError, match=said) as caught:
        models.build(SPEC | change)
    assert "\n" not in str(caught.value)
