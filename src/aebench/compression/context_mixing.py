"""A coder of images that predicts each pixel from its neighbours and is trained on nothing.

Each pixel is a few binary decisions. For each, several contexts (sets of neighbours that were coded
before) keep how often a 1 followed; logistic mixing joins their probabilities by weights that are
learned while coding (Mahoney 2005, Adaptive weighing of context models for lossless data
compression), and a binary arithmetic coder writes the decision. The decoder learns the same.

Numbers are floats: what is encoded here is decoded here, but perhaps not on another machine.
"""

import math

import numpy as np
from numba import njit

# Contexts that predict, and contexts of which each chooses its own weights.
CONTEXTS, MIXERS = 14, 3
# Slots of a context's table: so many for each pixel, and a power of two up to the second number.
SLOTS, MOST_SLOTS = 8, 2**22
# Counts beyond which a probability changes no more slowly, and the step of the weights.
MOST_COUNT, STEP = 250, 0.006
# Decisions of a pixel: whether it has the most frequent value, and a tree of its bits.
NODES = 256
# The most choices of a mixer.
CHOICES = 81
HEADER = 32 + 1


def encode(images: np.ndarray) -> bytes:
    """The compressed bytes of uint8 images N x C x H x W, whose shape the decoder must know."""
    used = np.zeros(256, np.uint8)
    used[np.unique(images)] = 1
    counts = np.bincount(images.reshape(-1), minlength=256)
    most = int(counts.argmax())
    ranks = (np.cumsum(used) - 1).astype(np.int64)
    values = ranks[images]
    out = np.zeros(images.size * 2 + 64, np.uint8)
    size = _code(
        values, out, int(ranks[most]), _bits(int(used.sum())), False, *_tables(images.size)
    )
    return np.packbits(used).tobytes() + bytes([most]) + out[:size].tobytes()


def decode(data: bytes, shape: tuple[int, ...]) -> np.ndarray:
    """The images of this shape that `encode` has coded."""
    used = np.unpackbits(np.frombuffer(data[:32], np.uint8))
    levels = np.flatnonzero(used)
    most = int(np.searchsorted(levels, data[32]))
    stream = np.zeros(len(data) - HEADER + 8, np.uint8)
    stream[: len(data) - HEADER] = np.frombuffer(data[HEADER:], np.uint8)
    values = np.zeros(shape, np.int64)
    _code(values, stream, most, _bits(len(levels)), True, *_tables(values.size))
    return levels.astype(np.uint8)[values]


def _bits(levels: int) -> int:
    return max(1, math.ceil(math.log2(levels)))


def _tables(pixels: int) -> tuple[np.ndarray, np.ndarray]:
    """Log odds and counts of each context's slots."""
    slots = min(MOST_SLOTS, 2 ** math.ceil(math.log2(SLOTS * pixels)))
    return np.zeros((CONTEXTS, slots), np.float32), np.zeros((CONTEXTS, slots), np.uint8)


@njit
def _hash(a: int, b: int) -> int:
    return ((a * 0x2C1B3C6D + b * 0x297A2D39 + 0x5BD1E995) ^ (a >> 13)) & 0x3FFFFFFFFFFF


@njit
def _contexts(v, n, c, y, x, top, keys, choices):
    """Set the keys of all contexts of the pixel v[n, c, y, x], and the mixers' choices of weights.

    Neighbours outside the image are 0; `top` is the greatest value.
    """
    width = v.shape[3]
    west = v[n, c, y, x - 1] if x > 0 else 0
    west2 = v[n, c, y, x - 2] if x > 1 else 0
    west3 = v[n, c, y, x - 3] if x > 2 else 0
    north = v[n, c, y - 1, x] if y > 0 else 0
    north2 = v[n, c, y - 2, x] if y > 1 else 0
    north3 = v[n, c, y - 3, x] if y > 2 else 0
    nw = v[n, c, y - 1, x - 1] if y > 0 and x > 0 else 0
    ne = v[n, c, y - 1, x + 1] if y > 0 and x + 1 < width else 0
    ne2 = v[n, c, y - 1, x + 2] if y > 0 and x + 2 < width else 0
    nw2 = v[n, c, y - 1, x - 2] if y > 0 and x > 1 else 0
    nne = v[n, c, y - 2, x + 1] if y > 1 and x + 1 < width else 0
    nnw = v[n, c, y - 2, x - 1] if y > 1 and x > 0 else 0
    before = v[n, c - 1, y, x] if c > 0 else 0
    first = v[n, 0, y, x] if c > 1 else 0
    # In sixteenths of the greatest value, and in thirds.
    s = 16.0 / (top + 1)
    t = 3.0 / (top + 1)
    plane = min(max(west + north - nw, 0), top)
    diagonal = min(max(north + ne - nne, 0), top)
    keys[0] = _hash(west * 256 + north, 1)
    keys[1] = _hash((west * 256 + north) * 256 + nw, 2)
    keys[2] = _hash(int(west * s) * 4096 + int(north * s) * 256 + int(nw * s) * 16 + int(ne * s), 3)
    keys[3] = _hash((north * 256 + ne) * 256 + int(north2 * s), 4)
    keys[4] = _hash((west * 256 + west2) * 16 + int(north * s), 5)
    keys[5] = _hash(y * width + x, 6)
    keys[6] = _hash((y * width + x) * 256 + int(west * s) * 16 + int(north * s), 7)
    keys[7] = _hash(plane * 64 + min(abs(west - nw), 63), 8)
    keys[8] = _hash(plane * 256 + diagonal, 9)
    shape = 0
    for near in (west, north, nw, ne, west2, north2, ne2, nw2, nne, nnw, west3, north3):
        shape = shape * 3 + int(near * t)
    keys[9] = _hash(shape, 10)
    keys[10] = _hash((shape // 6561) * 256 + plane, 11)
    keys[11] = _hash((west + north + 1) // 2 * 256 + (nw + ne + 1) // 2, 12)
    keys[12] = _hash((before * 256 + first) * 256 + plane, 13)
    keys[13] = _hash(((before * 16 + int(west * s)) * 16 + int(north * s)) * 16 + int(ne * s), 14)
    choices[0] = 0
    choices[1] = int(west * t) * 27 + int(north * t) * 9 + int(ne * t) * 3 + int(nw * t)
    choices[2] = min(int(plane * s), 15) * 4 + min(int(abs(west - north) * s / 2), 3)


@njit
def _predict(keys, choices, node, odds, counts, weights, slots, inputs, parts):
    """The probability of a 1 at this decision of a pixel; sets its slots, inputs and each mixer's.

    The last input is a constant.
    """
    for i in range(CONTEXTS):
        slot = _hash(keys[i], node) & (odds.shape[1] - 1)
        slots[i] = slot
        odd, count = odds[i, slot], counts[i, slot]
        inputs[i] = odd
        # What was seen often is trusted more.
        inputs[CONTEXTS + i] = odd * count / (count + 8.0)
    inputs[2 * CONTEXTS] = 0.3
    total = 0.0
    for m in range(MIXERS):
        dot = 0.0
        row = weights[m, choices[m], node]
        for i in range(2 * CONTEXTS + 1):
            dot += row[i] * inputs[i]
        dot = min(max(dot, -12.0), 12.0)
        parts[m] = 1 / (1 + math.exp(-dot))
        total += dot
    return 1 / (1 + math.exp(-total / MIXERS))


@njit
def _learn(bit, choices, node, odds, counts, weights, slots, inputs, parts):
    """Move weights and probabilities towards what the decision was."""
    for m in range(MIXERS):
        row = weights[m, choices[m], node]
        error = STEP * (bit - parts[m])
        for i in range(2 * CONTEXTS + 1):
            row[i] += error * inputs[i]
    for i in range(CONTEXTS):
        slot = slots[i]
        count = counts[i, slot]
        share = 1 / (1 + math.exp(-odds[i, slot]))
        share += (bit - share) / (count + 1.6)
        share = min(max(share, 1e-4), 1 - 1e-4)
        odds[i, slot] = math.log(share / (1 - share))
        counts[i, slot] = min(count + 1, MOST_COUNT)


@njit
def _pass(bit, p, interval, stream, decoding):
    """Encode the bit, whose probability of 1 is `p`, or decode it; returns it.

    `interval`: its lower and upper end, the code within it, and the place in the stream.
    """
    low, high, code, at = interval
    split = low + int((high - low) * min(max(p, 1e-6), 1 - 1e-6))
    if decoding:
        bit = 1 if code <= split else 0
    if bit:
        high = split
    else:
        low = split + 1
    # Leading bytes that both ends have in common are settled.
    while (low ^ high) & 0xFF000000 == 0:
        if decoding:
            code = (code << 8 | int(stream[min(at, len(stream) - 1)])) & 0xFFFFFFFF
        else:
            stream[at] = high >> 24
        at += 1
        low = low << 8 & 0xFFFFFFFF
        high = (high << 8 & 0xFFFFFFFF) | 255
    interval[0], interval[1], interval[2], interval[3] = low, high, code, at
    return bit


@njit
def _code(v, stream, most, bits, decoding, odds, counts):
    """Encode the values v, N x C x H x W, into `stream`, or decode them from it; returns its size.

    Values are below 2 ** bits; `most` is the most frequent one. `odds` and `counts`: tables.
    """
    keys, slots = np.zeros(CONTEXTS, np.int64), np.zeros(CONTEXTS, np.int64)
    choices, parts = np.zeros(MIXERS, np.int64), np.zeros(MIXERS)
    inputs = np.zeros(2 * CONTEXTS + 1)
    weights = np.full((MIXERS, CHOICES, NODES, 2 * CONTEXTS + 1), 0.15)
    weights[..., CONTEXTS:] = 0.0
    interval = np.array([0, 0xFFFFFFFF, 0, 0])
    if decoding:
        for i in range(4):
            interval[2] = interval[2] << 8 | int(stream[i])
        interval[3] = 4
    count, channels, height, width = v.shape
    for place in range(count * height * width * channels):
        n, rest = divmod(place, height * width * channels)
        y, rest = divmod(rest, width * channels)
        x, c = divmod(rest, channels)
        _contexts(v, n, c, y, x, (1 << bits) - 1, keys, choices)
        # Decision 0 is whether it has the most frequent value; the others are a tree of its bits.
        value, node, left = v[n, c, y, x], 0, bits
        decoded = 0
        while True:
            p = _predict(keys, choices, node, odds, counts, weights, slots, inputs, parts)
            bit = int(value == most) if node == 0 else value >> (left - 1) & 1
            bit = _pass(bit, p, interval, stream, decoding)
            _learn(bit, choices, node, odds, counts, weights, slots, inputs, parts)
            if node == 0:
                node = 1
                if bit:
                    decoded = most
                    break
            else:
                decoded = decoded << 1 | bit
                node = node << 1 | bit
                left -= 1
                if left == 0:
                    break
        v[n, c, y, x] = decoded
    if decoding:
        return interval[3]
    for shift in (24, 16, 8, 0):
        stream[interval[3]] = interval[1] >> shift & 0xFF
        interval[3] += 1
    return interval[3]
