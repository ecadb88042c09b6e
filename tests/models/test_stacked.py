import pytest
import torch
from sklearn.decomposition import PCA

from aebench.models.sections.stacked import Stacked
from aebench.models.stacked import StackedAutoencoder

TIED = pytest.mark.parametrize("tied", [False, True])
SHAPES = pytest.mark.parametrize("shape", [[1, 6, 6], [3, 5, 4], [1, 1, 7]])


@TIED
@SHAPES
def test_images_to_codes_and_back(shape: list[int], tied: bool) -> None:
    net = StackedAutoencoder(shape, [9, 4], "silu", tied=tied)
    images = torch.rand(5, *shape)
    codes = net.encode(images)
    assert codes.shape == (5, 4)
    decoded = net.decode(codes)
    assert decoded.shape == images.shape
    assert decoded.min() > 0 and decoded.max() < 1
    torch.testing.assert_close(net.reconstruct(images), decoded)
    torch.testing.assert_close(net.logits(images).sigmoid(), decoded)


@TIED
@pytest.mark.parametrize("depth", [1, 2, 3])
def test_warm_start_keeps_the_outer_layers_and_leaves_the_new_ones(depth: int, tied: bool) -> None:
    widths = [8, 6, 3]
    old = StackedAutoencoder([1, 4, 4], widths[:depth], "tanh", "tanh", tied)
    net = StackedAutoencoder([1, 4, 4], widths, "tanh", tied=tied)
    fresh = {name: value.clone() for name, value in net.state_dict().items()}
    net.warm_start({name: value.clone() for name, value in old.state_dict().items()})
    for i in range(3):
        # The decoder mirrors the encoder: its layer i counts from the pixels backwards.
        for half, place, before in [
            (net.encoder, i, old.encoder.layers[i] if i < depth else None),
            (net.decoder, 2 - i, old.decoder.layers[depth - 1 - i] if i < depth else None),
        ]:
            name = f"{'encoder' if half is net.encoder else 'decoder'}.layers.{place}"
            for key, value in half.layers[place].state_dict().items():
                expected = before.state_dict()[key] if before else fresh[f"{name}.{key}"]
                assert torch.equal(value, expected)


@TIED
def test_the_innermost_pair_is_part_of_the_net(tied: bool) -> None:
    net = StackedAutoencoder([1, 4, 4], [8, 3], "tanh", tied=tied)
    pair = net.innermost()
    shared = {id(p) for p in pair.parameters()}
    inner = [net.encoder.layers[1], net.decoder.layers[0]]
    assert shared == {id(p) for layer in inner for p in layer.parameters()}
    outer = net.encoder.layers[0].weight.clone()
    images = torch.rand(5, 1, 4, 4)
    codes = net.outer_codes(images)
    torch.optim.SGD(pair.parameters(), lr=1.0).zero_grad()
    (pair.logits(codes) - codes).square().sum().backward()
    torch.optim.SGD(pair.parameters(), lr=0.1).step()
    assert torch.equal(net.encoder.layers[0].weight, outer)
    torch.testing.assert_close(net.encode(images), pair.code(pair.encoder(codes)))


@pytest.mark.parametrize("widths", [[3], [8, 3], [8, 6, 3]])
def test_outer_codes_are_the_encoder_without_its_last_layer(widths: list[int]) -> None:
    net = StackedAutoencoder([1, 4, 4], widths, "silu")
    images = torch.rand(5, 1, 4, 4)
    codes = net.outer_codes(images)
    assert codes.shape == (5, [16, *widths][-2])
    torch.testing.assert_close(net.encoder.layers[-1](codes), net.encode(images))


def test_a_pair_joins_its_codes_to_what_the_net_decodes() -> None:
    net = StackedAutoencoder([1, 4, 4], [8, 3], "sigmoid")
    images = torch.rand(5, 1, 4, 4)
    hidden = net.innermost().logits(net.outer_codes(images))
    torch.testing.assert_close(net.decoder.layers[-1](hidden), net.logits(images).flatten(1))


def test_a_linear_autoencoder_finds_the_subspace_and_the_error_of_pca() -> None:
    """Baldi & Hornik 1989: squared error has no local minima but saddles beside PCA's."""
    generator = torch.Generator().manual_seed(0)
    spread = torch.tensor([3, 2, 1.5, 0.5, 0.4, 0.3, 0.2, 0.1], dtype=torch.float64)
    rotation, _ = torch.linalg.qr(torch.randn(8, 8, generator=generator, dtype=torch.float64))
    x = torch.randn(200, 8, generator=generator, dtype=torch.float64) * spread @ rotation + 1.0
    torch.manual_seed(0)
    net = StackedAutoencoder([1, 1, 8], [5, 3], "linear").double()
    optimizer = torch.optim.LBFGS(
        net.parameters(), max_iter=500, tolerance_change=1e-14, line_search_fn="strong_wolfe"
    )

    def error() -> torch.Tensor:
        return (net.logits(x).flatten(1) - x).square().sum(1).mean()

    def closure() -> torch.Tensor:
        optimizer.zero_grad()
        loss = error()
        loss.backward()
        return loss

    optimizer.step(closure)
    pca = PCA(3).fit(x.numpy())
    rebuilt = torch.from_numpy(pca.inverse_transform(pca.transform(x.numpy())))
    assert error().item() == pytest.approx((rebuilt - x).square().sum(1).mean().item(), rel=1e-6)
    # Same subspace: the cosines of all principal angles are 1.
    decoder = net.decoder.layers[1].weight @ net.decoder.layers[0].weight
    basis, _ = torch.linalg.qr(decoder.detach())
    cosines = torch.linalg.svdvals(torch.from_numpy(pca.components_) @ basis)
    torch.testing.assert_close(cosines, torch.ones(3, dtype=torch.float64), rtol=0, atol=1e-4)


def test_a_tied_net_mirrors_its_encoder_with_half_the_weights() -> None:
    net = StackedAutoencoder([1, 4, 4], [8, 3], "tanh", tied=True)
    assert sum(p.numel() for p in net.parameters()) == 16 * 8 + 8 * 3 + (8 + 3) + (8 + 16)
    outer, inner = net.encoder.layers
    codes = torch.randn(5, 3)
    hidden = torch.tanh(codes @ inner.weight + net.decoder.layers[0].bias)
    expected = hidden @ outer.weight + net.decoder.layers[1].bias
    torch.testing.assert_close(net.decode_logits(codes).flatten(1), expected)


def test_a_pair_and_its_codes_have_no_dropout() -> None:
    """Nothing in a pair is a hidden layer yet, and its targets are codes, not noise in them."""
    net = StackedAutoencoder([1, 4, 4], [8, 6, 3], "tanh", dropout=0.9)
    images = torch.rand(5, 1, 4, 4)
    codes = net.outer_codes(images)
    pair = net.innermost()
    assert torch.equal(codes, net.eval().outer_codes(images))
    assert torch.equal(pair.train().logits(codes), pair.eval().logits(codes))
    torch.testing.assert_close(pair.code(pair.encoder(codes)), net.encode(images))


def test_a_growing_net_takes_the_statistics_of_its_outer_layers_along() -> None:
    old = StackedAutoencoder([1, 4, 4], [8, 6], "tanh", "tanh", batch_norm=True)
    for _ in range(3):
        old.logits(torch.rand(20, 1, 4, 4))
    net = StackedAutoencoder([1, 4, 4], [8, 6, 3], "tanh", batch_norm=True)
    net.warm_start(old.state_dict())
    for half, place in [("encoder", 0), ("decoder", 1)]:
        before = getattr(old, half).norms[0].state_dict()
        after = getattr(net, half).norms[place].state_dict()
        assert before["num_batches_tracked"] == 3
        assert all(torch.equal(after[key], before[key]) for key in before)
    assert net.encoder.norms[1].num_batches_tracked == 0
    assert net.decoder.norms[0].num_batches_tracked == 0
    with torch.no_grad():
        images = torch.rand(5, 1, 4, 4)
        hidden = [half.encoder.eval().hidden(0, images.flatten(1)) for half in (old, net)]
    assert torch.equal(*hidden)


def test_batch_norm_comes_after_layers_that_were_trained_one_by_one() -> None:
    whole = Stacked(widths=[8, 6, 3], unit="tanh", batch_norm=True)
    grown, alone = (whole.first_layers(2, method) for method in ("grow", "greedy"))
    assert grown == Stacked(widths=[8, 6], unit="tanh", code="tanh", batch_norm=True)
    assert alone == Stacked(widths=[8, 6], unit="tanh", code="tanh")
    last = whole.first_layers(3, "greedy").build([1, 4, 4])
    net = whole.build([1, 4, 4])
    net.warm_start(last.state_dict())
    for one, other in ((net.encoder, last.encoder), (net.decoder, last.decoder)):
        assert all(
            map(torch.equal, (x.weight for x in one.layers), (x.weight for x in other.layers))
        )
        assert torch.equal(one.layers[-1].bias, other.layers[-1].bias)
