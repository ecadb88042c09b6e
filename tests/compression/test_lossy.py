"""The lossy codec: within half a step, at the rate of the codes' entropy, what it says it is."""

import numpy as np
import pytest

from aebench.compression.entropy import CodeTable, quantize
from aebench.compression.lossy import LossyCodec, compress, decompress
from aebench.compression.transforms import ModelTransform, PcaTransform
from aebench.core.errors import InputError


@pytest.mark.parametrize(("count", "shape"), [(1, (1, 4, 6)), (7, (3, 5, 4)), (120, (1, 3, 3))])
@pytest.mark.parametrize("step", [0.01, 0.5])
def test_codes_come_back_within_half_a_step(make, draw, count, shape, step):
    transform = ModelTransform(make("autoencoder", shape))
    images = draw(count, shape)
    codec = LossyCodec.fit(transform, transform.encode(draw(50, shape)), step)
    codes = transform.encode(images)
    back = codec.table.decode(codec.encode(images), count) * step
    assert np.abs(back - codes).max() <= step / 2 * (1 + 1e-6)
    decoded = codec.decode(codec.encode(images), count)
    assert decoded.dtype == np.uint8 and decoded.shape == images.shape
    assert np.array_equal(decoded, transform.decode(quantize(codes, step) * step))
    each = [codec.decode(data, 1)[0] for data in codec.encode_each(images)]
    assert np.array_equal(codec.transform.encode(np.stack(each)).shape, codes.shape)
    assert np.abs(np.stack(each).astype(int) - decoded).max() <= 1


@pytest.mark.parametrize("count", [1, 7])
def test_a_file_brings_its_own_table(make, draw, count):
    transform = ModelTransform(make("vae", (1, 4, 6)))
    images = draw(count, (1, 4, 6))
    payload = compress(transform, images, 0.25)
    assert compress(transform, images, 0.25) == payload
    expected = transform.decode(quantize(transform.encode(images), 0.25) * 0.25)
    assert np.array_equal(decompress(transform, payload, count, 3), expected)


def test_the_rate_is_the_entropy_of_what_the_table_was_fitted_to():
    generator = np.random.default_rng(0)
    deviations = np.array([0.2, 1, 4, 20])
    train, test = np.rint(generator.normal(size=(2, 5000, 4)) * deviations).astype(int)
    bits = 8 * len(CodeTable.fit(train).encode(test)) / len(test)
    frequencies = [np.unique(column, return_counts=True)[1] / len(test) for column in test.T]
    entropy = sum(-(p * np.log2(p)).sum() for p in frequencies)
    assert entropy - 0.05 < bits < 1.01 * entropy


def test_numbers_that_were_never_counted_are_coded_too():
    table = CodeTable.fit(np.array([[0, 5], [1, 5], [3, 5]]))
    far = np.array([[2, 5], [-1, 6], [4, 4], [-(2**30) + 1, 2**30 - 1], [-70000, 5]])
    assert np.array_equal(table.decode(table.encode(far), len(far)), far)
    again = CodeTable.from_bytes(table.to_bytes())
    assert again.encode(far) == table.encode(far)


def test_steps_that_are_too_small_are_refused():
    with pytest.raises(InputError, match="step 1e-12 is too small"):
        quantize(np.array([[1.0]]), 1e-12)
    with pytest.raises(InputError, match="codes cover 100000 of it"):
        CodeTable.fit(np.array([[0, 1], [3, 100_001]]))


def test_pca_with_small_steps_is_nearly_exact_and_with_large_ones_the_mean(prepared):
    train, images = prepared.images[:120], prepared.images[120:]
    pca = PcaTransform(train)
    fine = LossyCodec.fit(pca, pca.encode(train), 1e-4)
    assert np.abs(fine.decode(fine.encode(images), 80).astype(int) - images).max() <= 1
    coarse = LossyCodec.fit(pca, pca.encode(train), 1e4)
    assert len(coarse.encode(images)) < 20
    mean = coarse.decode(coarse.encode(images), 80) - train.mean(0)
    assert np.abs(mean).max() <= 0.5 + 1e-9
