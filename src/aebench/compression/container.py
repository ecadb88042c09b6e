"""The file format of `aebench compress`, with checks that a file is whole and fits the model."""

import hashlib
import re
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from aebench.core.errors import InputError

if TYPE_CHECKING:
    from torch import nn

    from aebench.models.base import Likelihood

# A byte that text does not begin with, and a line end that a transfer as text would change.
MAGIC = b"\x89AEB\r\n"
# Codec, what the model is known by, 6 unused bytes, count of images. Some files have the images'
# shape in the unused bytes, which the model knows anyway.
HEADER = struct.Struct("<B8s6xI")
DIGEST = 8
# What modules were called when the format was made: fingerprints must stay what they are.
FORMER_NAMES = {
    "activations": "units",
    "ConvEncoderBase": "PyramidEncoder",
    "ConvDecoderBase": "PyramidDecoder",
}

Codec = Literal["lossy", "lossless", "integers"]
CODECS: tuple[Codec, ...] = ("lossy", "lossless", "integers")
# The version of the format that each codec came with. `lossless` is bits back in floating point,
# `integers` the same in integers (docs/reference/compressed-files.md).
VERSIONS: dict[Codec, int] = {"lossy": 1, "lossless": 1, "integers": 2}
FORMATS = sorted(set(VERSIONS.values()))
# The format of a file with names of its images (`named.py`), which is around one of the others.
NAMED = 3


@dataclass(frozen=True)
class Compressed:
    """The `payload` of `count` images, and what the model is known by that they need.

    That is its fingerprint, or for `integers` the digest of the integers that it rounds to.
    """

    codec: Codec
    model: bytes
    count: int
    payload: bytes

    def to_bytes(self) -> bytes:
        """Magic, format version, header, payload, and 8 bytes of SHA-256 of all these."""
        codec = CODECS.index(self.codec)
        header = HEADER.pack(codec, self.model, self.count)
        body = MAGIC + bytes([VERSIONS[self.codec]]) + header + self.payload
        return body + digest_of(body)

    @classmethod
    def from_bytes(cls, data: bytes, source: str) -> "Compressed":
        """Undo `to_bytes`.

        Raises InputError, which names `source`, where the file was altered or cut off, or has a
        newer format.
        """
        start = len(MAGIC) + 1
        if data[: len(MAGIC)] != MAGIC:
            raise InputError(f"{source}: not a file that `aebench compress` wrote")
        body, digest = data[:-DIGEST], data[-DIGEST:]
        if len(body) < start + HEADER.size or digest != digest_of(body):
            raise InputError(f"{source}: damaged: it was cut off or altered after it was written")
        version = body[len(MAGIC)]
        if version not in FORMATS:
            raise InputError(source, f"format {version}", ", ".join(map(str, [*FORMATS, NAMED])))
        codec, model, count = HEADER.unpack_from(body, start)
        if codec >= len(CODECS) or VERSIONS[CODECS[codec]] != version:
            allowed = (str(n) for n, name in enumerate(CODECS) if VERSIONS[name] == version)
            raise InputError(source, f"codec {codec} in format {version}", ", ".join(allowed))
        payload = body[start + HEADER.size :]
        return cls(CODECS[codec], model, count, payload)

    def check_model(self, model: bytes, source: str) -> None:
        """Raise InputError unless `model` is what the images' model is known by."""
        if self.model != model:
            raise InputError(f"{source}: compressed with another model than this one")


def fingerprint(model: "nn.Module") -> bytes:
    """8 bytes of SHA-256 of a model's modules, parameters and buffers."""
    structure = re.sub(r"\w+", lambda word: FORMER_NAMES.get(word[0], word[0]), repr(model))
    digest = hashlib.sha256(structure.encode())
    likelihood = getattr(model, "pixel_likelihood", None)
    digest.update(text_of(likelihood).encode() if likelihood else b"")
    for name, tensor in model.state_dict().items():
        digest.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}".encode())
        digest.update(tensor.contiguous().numpy().tobytes())
    return digest.digest()[:8]


def text_of(likelihood: "Likelihood") -> str:
    """A likelihood's name, with the settings that it has besides."""
    others = {key: value for key, value in likelihood.identity().items() if key != "name"}
    return " ".join([likelihood.member_name, *(f"{key} {others[key]}" for key in sorted(others))])


def digest_of(body: bytes) -> bytes:
    """The 8 bytes that a file ends with: of SHA-256 of all before."""
    return hashlib.sha256(body).digest()[:DIGEST]
