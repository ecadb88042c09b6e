"""Compressors of bytes, at their slowest and best settings."""

import bz2
import gzip
import lzma
from typing import TYPE_CHECKING, ClassVar, Literal

from aebench.baselines.base import Archiver

if TYPE_CHECKING:
    import numpy as np

    from aebench.compression.files import Files


class Stream(Archiver):
    """A compressor of bytes."""

    takes_bytes: ClassVar[bool] = True
    requires: ClassVar[tuple[str, ...]] = ("compress", "decompress")

    def compress(self, data: bytes) -> bytes:
        raise NotImplementedError

    def decompress(self, data: bytes) -> bytes:
        raise NotImplementedError

    def lossless_files(self, images: "np.ndarray", whole: bool) -> "Files":
        from aebench.compression.files import by_streams

        return by_streams(images, whole, self.compress, self.decompress)


class Gzip(Stream):
    """gzip without a time stamp."""

    name: Literal["gzip"] = "gzip"

    def compress(self, data: bytes) -> bytes:
        return gzip.compress(data, 9, mtime=0)

    def decompress(self, data: bytes) -> bytes:
        return gzip.decompress(data)


class Bzip2(Stream):
    """bzip2."""

    name: Literal["bz2"] = "bz2"

    def compress(self, data: bytes) -> bytes:
        return bz2.compress(data, 9)

    def decompress(self, data: bytes) -> bytes:
        return bz2.decompress(data)


class LZMA(Stream):
    """LZMA, as in xz files."""

    name: Literal["lzma"] = "lzma"

    def compress(self, data: bytes) -> bytes:
        # Of the data's size, which suffices; that of preset 9 would be 64 MiB.
        options = {"preset": 9 | lzma.PRESET_EXTREME, "dict_size": max(2**12, len(data))}
        return lzma.compress(data, filters=[{"id": lzma.FILTER_LZMA2} | options])

    def decompress(self, data: bytes) -> bytes:
        return lzma.decompress(data)


class Zstd(Stream):
    """Zstandard."""

    name: Literal["zstd"] = "zstd"

    def compress(self, data: bytes) -> bytes:
        import zstandard

        return zstandard.ZstdCompressor(level=22).compress(data)

    def decompress(self, data: bytes) -> bytes:
        import zstandard

        return zstandard.ZstdDecompressor().decompress(data)


class Brotli(Stream):
    """Brotli with a window of 16 MiB."""

    name: Literal["brotli"] = "brotli"

    def compress(self, data: bytes) -> bytes:
        import brotli

        return brotli.compress(data, quality=11, lgwin=24)

    def decompress(self, data: bytes) -> bytes:
        import brotli

        return brotli.decompress(data)
