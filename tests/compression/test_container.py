"""The file: every byte counts, and so does the model."""

from dataclasses import replace

import pytest

from aebench.compression.codec import compress, decompress
from aebench.compression.container import Compressed, fingerprint
from aebench.core.errors import InputError

SHAPE = (1, 4, 4)


@pytest.fixture(params=["vae", "autoencoder"])
def member(request) -> str:
    return request.param


def test_every_altered_byte_is_noticed(make, draw, member):
    file = compress(make(member, SHAPE), draw(3, SHAPE, two_valued=True))
    data = file.to_bytes()
    assert Compressed.from_bytes(data, "file") == file
    for place in range(len(data)):
        for change in (1, 0x80, 0xFF):
            altered = bytearray(data)
            altered[place] ^= change
            with pytest.raises(InputError, match=r"^file: (damaged|not a file)"):
                Compressed.from_bytes(bytes(altered), "file")


def test_every_truncated_or_longer_file_is_noticed(make, draw, member):
    data = compress(make(member, SHAPE), draw(3, SHAPE, two_valued=True)).to_bytes()
    for size in range(len(data)):
        with pytest.raises(InputError, match=r"^file: (damaged|not a file)"):
            Compressed.from_bytes(data[:size], "file")
    with pytest.raises(InputError, match="damaged"):
        Compressed.from_bytes(data + b"\0", "file")


def test_another_model_is_noticed(make, draw, member):
    model = make(member, SHAPE)
    images = draw(3, SHAPE, two_valued=True)
    file = compress(model, images)
    assert decompress(model, file, "file").shape == images.shape
    changed = make(member, SHAPE)
    changed.decoder.layers[0].bias[0] += 1e-6
    with pytest.raises(InputError, match=r"^file: compressed with another model"):
        decompress(changed, file, "file")


@pytest.mark.parametrize("count", [0, 2, 4, 10**8])
def test_another_count_is_noticed_before_so_many_are_made(make, draw, member, count):
    model = make(member, SHAPE)
    file = compress(model, draw(3, SHAPE, two_valued=True))
    with pytest.raises(InputError, match=r"images are damaged|outputs differ"):
        decompress(model, replace(file, count=count), "file")


def test_a_fingerprint_knows_what_the_numbers_do(make):
    """The same weights under another unit, or another likelihood, are another model."""
    hidden = {"widths": [8], "unit": "tanh"}
    models = [
        make("vae", SHAPE),
        make("vae", SHAPE, encoder=hidden | {"unit": "silu"}),
        make("vae", SHAPE, likelihood="continuous-bernoulli"),
        make("autoencoder", SHAPE),
    ]
    assert len({fingerprint(model) for model in models}) == len(models)
    assert fingerprint(make("vae", SHAPE)) == fingerprint(models[0])


def test_a_later_format_is_named(monkeypatch):
    file = Compressed("lossy", bytes(8), 4, b"payload")
    for versions, says in [
        ({"lossy": 4}, "file: format 4; allowed: 1, 2, 3"),
        ({"lossy": 2}, "file: codec 0 in format 2; allowed: 2"),
    ]:
        monkeypatch.setattr("aebench.compression.container.VERSIONS", versions)
        data = file.to_bytes()
        monkeypatch.undo()
        with pytest.raises(InputError, match=says):
            Compressed.from_bytes(data, "file")


def test_lossless_has_no_step(make, draw):
    with pytest.raises(InputError, match="--step"):
        compress(make("vae", SHAPE), draw(3, SHAPE, two_valued=True), step=0.5)
    assert compress(make("autoencoder", SHAPE), draw(3, SHAPE), 0.5).codec == "lossy"
