"""A reader of compressed files by numpy alone, written from docs/reference/compressed-files.md.

It uses nothing of the package, computes its tables by other means, and multiplies matrices of
integers. A net is a list of layers: names, or tuples of a name and arrays of its weights.
"""

import math
import zlib
from decimal import Decimal, getcontext
from functools import cache

import numpy as np

getcontext().prec = 50
LIMIT = 2048
LARGEST_BATCH = 2**21
PIXELS_A_LANE = 256


def decode(file: bytes, shape: tuple, likelihood: str, latents: list, nets: dict, prior=None):
    """The images of a file of format 2, uint8 N x C x H x W, or of one with names around it.

    `nets` are lists of layers: encoder, decoder, and inner_encoder, inner_decoder of a second layer
    of latents. `prior` are the VampPrior's pseudo-inputs, as they are learned.
    """
    if file[6] == 3:
        file = file[11 + int.from_bytes(file[7:11], "little") : -8]
    assert file[:6] == b"\x89AEB\r\n" and file[6] == 2 and file[7] == 2
    count = int.from_bytes(file[22:26], "little")
    payload = file[26:-8]
    lanes, size, bytes_of_states = (int.from_bytes(payload[i : i + 2], "little") for i in (4, 6, 8))
    start, end = 10 + size, 10 + size + bytes_of_states
    side = np.frombuffer(zlib.decompress(payload[10:start]), np.uint8).astype(np.int64)
    grids = []
    for number in latents:
        grids.append((side[:number], side[number : 2 * number]))
        side = side[2 * number :]
    sizes = []
    while sum(sizes) < count:
        sizes.append(
            min(
                1 + sum(sizes) // 2,
                100,
                max(1, LARGEST_BATCH // math.prod(shape)),
                count - sum(sizes),
            )
        )
    widths = [max(sizes[: i + 1]) * math.prod(shape) // PIXELS_A_LANE for i in range(len(sizes))]
    widths = [min(max(width, 1), lanes) for width in widths]
    number, states = int.from_bytes(payload[start:end], "little"), []
    for _ in range(widths[-1]):
        bits = number % 32 + 31
        states.insert(0, 2**bits + (number >> 5) % 2**bits)
        number >>= 5 + bits
    stack = Stack(np.array(states), np.frombuffer(payload[end:], "<u4"))
    components = None
    if prior is not None:
        inputs = rounded_even(prior, 12) if len(latents) > 1 else pseudo_images(prior)
        components = normals(run(nets["inner_encoder" if len(latents) > 1 else "encoder"], inputs))
    batches = []
    for n, width in zip(reversed(sizes), reversed(widths), strict=True):
        stack.words += [int(state) - 2**32 for state in stack.states[width:]]
        stack.states = stack.states[:width].copy()
        top = pop_top(stack, n, grids[-1], components)
        z = top
        if len(latents) > 1:
            given = normals(run(nets["inner_decoder"], values(top, grids[1])))
            z = stack.pop(*gaussian(*given, *grids[0])).reshape(n, -1) - (1 << grids[0][1])
            back = normals(run(nets["inner_encoder"], values(z, grids[0])))
            start, number = gaussian(*back, *grids[1])
            stack.push((top + (1 << grids[1][1])).ravel(), start)
        outputs = run(nets["decoder"], values(z, grids[0]))
        images = pop_images(stack, likelihood, outputs, (n, *shape))
        posterior = normals(run(nets["encoder"], (8192 * images + 255) // 510))
        start, number = gaussian(*posterior, *grids[0])
        stack.push((z + (1 << grids[0][1])).ravel(), start)
        hashes = (stack.states >> 24) % 2**31 * 1640531527 % 2**31
        stack.states ^= hashes >> 7
        batches.append(images.astype(np.uint8))
    decoded = np.concatenate(batches[::-1])
    assert zlib.crc32(decoded.tobytes()) == int.from_bytes(payload[:4], "little")
    return decoded


# The stack.


class Stack:
    def __init__(self, states, words):
        self.states, self.words = states.copy(), [int(word) for word in words]

    def pop(self, start, sizes):
        """`start(symbols, rows)`, and how many symbols each distribution has."""
        count, lanes = len(sizes), len(self.states)
        symbols = np.zeros(count, np.int64)
        for first in range(0, count, lanes):
            rows = np.arange(first, min(first + lanes, count))
            state = self.states[: len(rows)]
            slot = state & (2**24 - 1)
            low, high = np.zeros(len(rows), np.int64), sizes[rows].copy()
            while (high - low > 1).any():
                middle = (low + high) // 2
                fits = start(middle, rows) <= slot
                low, high = np.where(fits, middle, low), np.where(fits, high, middle)
            begin, end = start(low, rows), start(low + 1, rows)
            state = (end - begin) * (state >> 24) + slot - begin
            needy = np.flatnonzero(state < 2**31)
            if len(needy):
                taken = self.words[-len(needy) :]
                del self.words[-len(needy) :]
                state[needy] = state[needy] << 32 | np.array(taken, np.int64)
            self.states[: len(rows)] = state
            symbols[rows] = low
        return symbols

    def push(self, symbols, start):
        lanes = len(self.states)
        for first in reversed(range(0, len(symbols), lanes)):
            rows = np.arange(first, min(first + lanes, len(symbols)))
            begin, end = start(symbols[rows], rows), start(symbols[rows] + 1, rows)
            state = self.states[: len(rows)]
            full = state >> 39 >= end - begin
            self.words += [int(word) for word in state[full] & (2**32 - 1)]
            state[full] >>= 32
            self.states[: len(rows)] = (
                (state // (end - begin) << 24) + state % (end - begin) + begin
            )


# Latents.


def values(points, grid):
    return points << (12 - grid[0])


def normals(outputs):
    mean, log_var = np.split(outputs, 2, axis=1)
    return mean, np.clip(((log_var + 512) >> 10) + 1024, 0, 1536)


def gaussian(mean, level, exponent, reach):
    count = len(mean)
    mean, rate = mean.ravel(), rates()[level.ravel()]
    exponent, reach = np.tile(exponent, count), np.tile(1 << reach, count)

    def start(s, rows):
        r = reach[rows]
        bound = (2 * (s - r) - 1) << (15 - exponent[rows])
        t = (bound - mean[rows]) * rate[rows] >> 16
        inside = s + (interpolate(t, normal(), 8) * (2**24 - 2 * r - 1) >> 30)
        return np.select([s == 0, s == 2 * r + 1], [0, 2**24], inside)

    return start, 2 * reach + 1


def table(weights):
    sums = np.zeros((len(weights), weights.shape[1] + 1), np.int64)
    sums[:, 1:] = np.cumsum(weights, axis=1)
    size = weights.shape[1]

    def start(s, rows):
        return s + sums[rows, s] * (2**24 - size) // sums[rows, -1]

    return start, np.full(len(weights), size)


def pop_top(stack, count, grid, components):
    reach = grid[1]
    if components is None:
        mean = np.zeros((count, len(reach)), np.int64)
        return stack.pop(*gaussian(mean, mean + 1024, *grid)).reshape(mean.shape) - (1 << reach)
    means, levels = components
    number = len(means)
    chosen = stack.pop(lambda s, _: s * 2**24 // number, np.full(count, number))
    points = stack.pop(*gaussian(means[chosen], levels[chosen], *grid))
    points = points.reshape(count, -1) - (1 << reach)
    z = values(points, grid) << 4
    energy = np.zeros((count, number), np.int64)
    for k in range(number):
        t = np.clip((z - means[k]) * rates()[levels[k]] >> 16, -(2**22), 2**22)
        energy[:, k] = ((t * t).sum(1) >> 17) + 512 * levels[k].sum()
    place = np.minimum((energy - energy.min(1, keepdims=True)) >> 6, 22528)
    stack.push(chosen, table(decays()[place])[0])
    return points


# Pixels.


def pop_images(stack, likelihood, outputs, shape):
    name, *levels = likelihood.split(" levels ")
    if name != "colour-logistic":
        values = 2 if name == "bernoulli" else int(levels[0]) if levels else 256
        symbols = stack.pop(*pixels(name, outputs, values)).reshape(shape)
        # Rounded, to even where they are halfway.
        return np.array([round(255 * k / (values - 1)) for k in range(values)])[symbols]
    location, scale, coefficient = np.split(outputs, 3, axis=1)
    tanh = np.array([nearest(2**12 * Decimal(math.tanh(i / 1024))) for i in range(2**14 + 1)])
    factor = np.sign(coefficient) * tanh[np.minimum((np.abs(coefficient) + 32) >> 6, 2**14)]
    images = np.zeros(shape, np.int64)
    for colour, before in enumerate([[], [(0, 0)], [(0, 1), (1, 2)]]):
        centre = location[:, colour].copy()
        for other, place in before:
            value = (2**17 * images[:, other] + 255) // 510 - 2**15
            centre += factor[:, place] * value >> 12
        both = np.stack([centre, scale[:, colour]], axis=1)
        symbols = stack.pop(*pixels("discretized-logistic", both, 256))
        images[:, colour] = symbols.reshape(images[:, colour].shape)
    return images


def pixels(likelihood, outputs, values):
    if likelihood == "bernoulli":
        logit = outputs.ravel()
        f = sigmoids(64, 1024, 24)[np.minimum((np.abs(logit) + 512) >> 10, 1024)]
        first = np.where(logit > 0, 2**24 - f, f)
        return (
            lambda s, rows: np.select([s == 0, s == 2], [0, 2**24], first[rows]),
            np.full(len(logit), 2),
        )
    one, two = (part.ravel() for part in np.split(outputs, 2, axis=1))
    sizes = np.full(len(one), values)
    if likelihood == "beta-binomial":
        a, b = (np.clip((x + 512) >> 10, -768, 768) + 768 for x in (one, two))

        def start(s, rows):
            # A row may be asked for several times; small images only.
            e = factors()[a[rows]] + factors()[b[rows]][:, ::-1]
            weights = halves()[np.minimum(e.max(1, keepdims=True) - e, len(halves()) - 1)]
            return table(weights)[0](s, np.arange(len(rows)))

        return start, sizes
    centre = (values - 1) * np.clip(one + 2**15, -(2**19), 2**19)
    rate = scale_rates(values)[np.clip(((two - 2**17 + 512) >> 10) + 546, 0, 802)]

    def start(s, rows):
        t = (((2 * s - 1) << 15) - centre[rows]) * rate[rows] >> 24
        inside = s + (interpolate(t, sigmoids(64, 24 * 64, 30), 6) * (2**24 - values) >> 30)
        return np.select([s == 0, s == values], [0, 2**24], inside)

    return start, sizes


# Tables.


def nearest(x):
    return math.floor(x + (Decimal("0.5") if isinstance(x, Decimal) else 0.5))


def exponential(x):
    return Decimal(x).exp()


@cache
def sigmoids(steps, count, bits):
    return np.array(
        [nearest(2**bits / (1 + exponential(-Decimal(i) / steps))) for i in range(count + 1)]
    )


@cache
def normal():
    return np.array(
        [nearest(2**30 * (1 + math.erf(i / 256 / math.sqrt(2))) / 2) for i in range(2049)]
    )


@cache
def rates():
    return np.array([nearest(2**16 * exponential(8 - Decimal(i) / 128)) for i in range(1537)])


@cache
def scale_rates(values):
    return np.array(
        [nearest(2**24 * exponential(Decimal(546 - i) / 64) / (values - 1)) for i in range(803)]
    )


@cache
def decays():
    return np.array([nearest(2**30 * exponential(-Decimal(i) / 1024)) for i in range(22529)])


@cache
def halves():
    step = Decimal(2) ** (Decimal(-1) / 256)
    return np.array([nearest(2**22 * step**i) for i in range(256 * 23 + 2)])


@cache
def factors():
    levels = [nearest(2**32 * exponential(Decimal(i) / 64)) for i in range(-768, 769)]
    k = np.arange(255) << 32
    sums = np.cumsum(logarithm(np.array(levels)[:, None] + k) - logarithm(k + 2**32), axis=1)
    return np.pad(sums + 2048 >> 12, ((0, 0), (1, 0)))


def logarithm(number):
    n = np.array([int(x).bit_length() - 1 for x in number.ravel()]).reshape(number.shape)
    m = number << (53 - n) >> 23
    for _ in range(20):
        m = m * m >> 30
        bit = (m >= 2**31).astype(np.int64)
        m >>= bit
        n = 2 * n + bit
    return n


def interpolate(t, table, step):
    size, bits = len(table) - 1, 16 - step
    u = np.clip(t + (size << bits), 0, 2 * size << bits)
    both = np.concatenate([2**30 - table[::-1], table[1:], table[-1:]])
    i, rest = u >> bits, u & ((1 << bits) - 1)
    return both[i] + ((both[i + 1] - both[i]) * rest >> bits)


@cache
def activations(name):
    places = [Decimal(i) / 1024 for i in range(16385)]
    if name == "sigmoid":
        return sigmoids(1024, 16384, 12)
    if name == "tanh":
        return np.array([nearest(4096 * (1 - 2 / (exponential(2 * a) + 1))) for a in places])
    if name == "silu":
        return np.array([nearest(4096 * a / (1 + exponential(a))) for a in places])
    tails = [math.erfc(float(a) / math.sqrt(2)) / 2 if a <= 8 else 0 for a in places]
    return np.array([nearest(4096 * float(a) * t) for a, t in zip(places, tails, strict=True)])


def pseudo_images(logits):
    x = np.clip(rounded_even(logits, 10), -16384, 16384)
    value = activations("sigmoid")[np.abs(x)]
    return np.where(x < 0, 4096 - value, value)


# Nets.


def rounded_even(x, bits):
    return np.rint(np.asarray(x, np.float64) * 2.0**bits).astype(np.int64)


def clip(x, bits=12):
    return np.clip(x, -LIMIT << bits, LIMIT << bits)


def run(net, x):
    """Outputs with 16 fraction bits, for inputs with 12."""
    return layers(fold(net), clip(x), last=True)


def fold(net):
    """The layers with batch normalization as a part of layers, or as a layer `scale`."""
    result = []
    for layer in net:
        if layer[0] != "norm":
            result.append(layer)
            continue
        mean, variance, weight, bias, eps = layer[1:]
        factor = 1 / np.sqrt(variance.astype(np.float64) + eps)
        shift = -mean.astype(np.float64) * factor
        factor, shift = factor * weight.astype(np.float64), shift * weight + bias.astype(np.float64)
        if result and result[-1][0] in ("linear", "convolution", "transposed"):
            name, matrix, before, *rest = result.pop()
            # Of a transposed convolution, output channels come second.
            shape = [1] * matrix.ndim
            shape[1 if name == "transposed" else 0] = -1
            matrix = matrix.astype(np.float64) * factor.reshape(shape)
            before = np.zeros(len(factor)) if before is None else before
            result.append((name, matrix, before.astype(np.float64) * factor + shift, *rest))
        else:
            result.append(("scale", factor[:, None], shift))
    return result


def layers(net, x, last=False):
    weighted = [i for i, layer in enumerate(net) if layer[0] in WEIGHTED]
    for i, (name, *rest) in enumerate(net):
        if name in WEIGHTED:
            x = weighted_layer(name, x, rest, 16 if last and i == weighted[-1] else 12)
        elif name in ("tanh", "sigmoid", "silu", "gelu"):
            value = activations(name)[np.minimum((np.abs(x) + 2) >> 2, 16384)]
            if name in ("silu", "gelu"):
                x = np.maximum(x, 0) - value
            else:
                x = np.where(x < 0, (4096 if name == "sigmoid" else 0) - value, value)
        elif name == "relu":
            x = np.maximum(x, 0)
        elif name == "flatten":
            x = x.reshape(len(x), -1)
        elif name == "unflatten":
            x = x.reshape(len(x), *rest[0])
        elif name == "repeat":
            x = x.repeat(2, 2).repeat(2, 3)[:, :, : rest[0][0], : rest[0][1]]
        elif name in ("maximum", "average"):
            x = pool(name, x, *rest)
        elif name == "residual":
            x = clip(x + layers(fold(rest[0]), x))
        elif name == "branches":
            x = np.concatenate([layers(fold(branch), x) for branch in rest[0]], axis=1)
        else:
            raise ValueError(name)
    return x


WEIGHTED = ("linear", "scale", "convolution", "transposed")


def weighted_layer(name, x, rest, out):
    weight, bias, *sizes = rest
    channel = 1 if name == "transposed" else 0
    each = tuple(axis for axis in range(weight.ndim) if axis != channel)
    bias = np.zeros(weight.shape[channel]) if bias is None else bias
    for bits in range(16, 4, -1):
        w, b = rounded_even(weight, bits), rounded_even(bias, bits + 12)
        if (np.abs(w).sum(each) * 2**23 + np.abs(b)).max() < 2**52:
            break
    shift = bits + 12 - out
    if name == "linear":
        total = x @ w.T + b
    else:
        b = b.reshape(-1, *[1] * (x.ndim - 2))
        if name == "scale":
            total = x * w.reshape(b.shape) + b
        else:
            total = (convolve if name == "convolution" else transposed)(x, w, *sizes) + b
    return clip((total + (1 << shift - 1)) >> shift, out)


def convolve(x, w, stride, padding):
    (s, t), (p, q) = stride, padding
    x = np.pad(x, ((0, 0), (0, 0), (p, p), (q, q)))
    height, width = (x.shape[2] - w.shape[2]) // s + 1, (x.shape[3] - w.shape[3]) // t + 1
    total = np.zeros((len(x), len(w), height, width), np.int64)
    for i in range(w.shape[2]):
        for j in range(w.shape[3]):
            part = x[:, :, i : i + s * height : s, j : j + t * width : t]
            total += np.einsum("nchw,oc->nohw", part, w[:, :, i, j])
    return total


def transposed(x, w, stride, padding, extra):
    (s, t), (p, q) = stride, padding
    height, width = (
        (size - 1) * step + k + e
        for size, step, k, e in zip(x.shape[2:], stride, w.shape[2:], extra, strict=True)
    )
    total = np.zeros((len(x), w.shape[1], height, width), np.int64)
    for i in range(w.shape[2]):
        for j in range(w.shape[3]):
            part = np.einsum("nchw,co->nohw", x, w[:, :, i, j])
            total[:, :, i : i + s * x.shape[2] : s, j : j + t * x.shape[3] : t] += part
    return total[:, :, p : height - p, q : width - q]


def pool(name, x, size, stride, padding):
    rows, columns = (-(-(n + 2 * padding - size) // stride) + 1 for n in x.shape[2:])
    result = np.zeros((*x.shape[:2], rows, columns), np.int64)
    for i in range(rows):
        for j in range(columns):
            top, left = i * stride - padding, j * stride - padding
            window = x[:, :, max(top, 0) : top + size, max(left, 0) : left + size]
            if name == "maximum":
                result[:, :, i, j] = window.max((2, 3))
            else:
                number = window.shape[2] * window.shape[3]
                result[:, :, i, j] = (2 * window.sum((2, 3)) + number) // (2 * number)
    return result
