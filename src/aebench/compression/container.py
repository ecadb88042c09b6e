"""The file that `aebench compress` writes, and everything that makes it the wrong one to read."""

import hashlib
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from aebench.core.errors import InputError

if TYPE_CHECKING:
    from torch import nn

# A byte that no text begins with, and a line end that a transfer as text would change.
MAGIC = b"\x89AEB\r\n"
VERSION = 1
CODECS = ("lossy", "lossless")
# Codec, the model's fingerprint, 6 bytes, count of images. Files may have the images' shape in the
# bytes between, which the model knows anyway.
HEADER = struct.Struct("<B8s6xI")
DIGEST = 8

Codec = Literal["lossy", "lossless"]


@dataclass(frozen=True)
class Compressed:
    """`count` images that a codec made `payload` of with a certain model."""

    codec: Codec
    model: bytes
    count: int
    payload: bytes

    def to_bytes(self) -> bytes:
        """Magic, format version, header, payload, and a checksum of all that: 8 of SHA-256."""
        codec = CODECS.index(self.codec)
        header = HEADER.pack(codec, self.model, self.count)
        body = MAGIC + bytes([VERSION]) + header + self.payload
        return body + _digest(body)

    @classmethod
    def from_bytes(cls, data: bytes, source: str) -> "Compressed":
        """What `to_bytes` made, nothing of it altered.

        Raises InputError, which names `source`, where a byte is another one, missing or too many,
        or the format is one of a later version.
        """
        start = len(MAGIC) + 1
        if data[: len(MAGIC)] != MAGIC:
            raise InputError(f"{source}: not a file that `aebench compress` wrote")
        body, digest = data[:-DIGEST], data[-DIGEST:]
        if len(body) < start + HEADER.size or digest != _digest(body):
            raise InputError(f"{source}: damaged: it was cut off or altered after it was written")
        if body[len(MAGIC)] != VERSION:
            raise InputError(f"{source}: format {body[len(MAGIC)]}; allowed: {VERSION}")
        codec, model, count = HEADER.unpack_from(body, start)
        payload = body[start + HEADER.size :]
        return cls(CODECS[codec], model, count, payload)

    def check_model(self, model: "nn.Module", source: str) -> None:
        """Raises InputError unless this is the model that the images were compressed with."""
        if self.model != fingerprint(model):
            raise InputError(f"{source}: compressed with another model than this one")


def fingerprint(model: "nn.Module") -> bytes:
    """8 bytes of SHA-256 of what a model computes with: its modules, and all its numbers."""
    digest = hashlib.sha256(repr(model).encode())
    digest.update(getattr(model, "likelihood_name", "").encode())
    for name, tensor in model.state_dict().items():
        digest.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}".encode())
        digest.update(tensor.contiguous().numpy().tobytes())
    return digest.digest()[:8]


def _digest(body: bytes) -> bytes:
    return hashlib.sha256(body).digest()[:DIGEST]
