"""The coder that mixes contexts."""

import numpy as np

from aebench.compression.context_mixing import HEADER, decode, encode


def test_what_is_foreseen_takes_nearly_nothing() -> None:
    stripes = np.zeros((20, 1, 16, 16), np.uint8)
    stripes[:, :, :, ::3] = 200
    assert 8 * (len(encode(stripes)) - HEADER) / stripes.size < 0.05


def test_noise_takes_its_entropy() -> None:
    generator = np.random.default_rng(0)
    share = 0.2
    pixels = 255 * (generator.random((100, 1, 16, 16)) < share).astype(np.uint8)
    entropy = -(share * np.log2(share) + (1 - share) * np.log2(1 - share))
    bits = 8 * (len(encode(pixels)) - HEADER) / pixels.size
    # Learning that nothing helps takes a little.
    assert entropy < bits < 1.08 * entropy


def test_it_learns_while_it_codes() -> None:
    """The second half of like images takes less than the first, which it has seen then."""
    generator = np.random.default_rng(1)
    base = np.kron(generator.integers(0, 4, (4, 4)) * 80, np.ones((4, 4))).astype(np.uint8)
    images = np.stack([np.roll(base, k, axis=1) for k in generator.integers(0, 16, 60)])[:, None]
    whole, half = len(encode(images)), len(encode(images[:30]))
    assert whole - half < 0.6 * half


def test_colours_follow_from_each_other() -> None:
    generator = np.random.default_rng(2)
    plane = generator.integers(0, 256, (10, 1, 12, 12)).astype(np.uint8)
    same = np.repeat(plane, 3, axis=1)
    other = generator.integers(0, 256, same.shape).astype(np.uint8)
    assert len(encode(same)) < 0.7 * len(encode(other))
    assert np.array_equal(decode(encode(same), same.shape), same)
