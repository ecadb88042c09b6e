"""Context mixing: each pixel predicted from its neighbours, with nothing trained beforehand."""

from typing import TYPE_CHECKING, Literal

from aebench.baselines.base import Archiver

if TYPE_CHECKING:
    import numpy as np

    from aebench.compression.files import Files


class ContextMixing(Archiver):
    """The coder of `compression/context_mixing.py`."""

    name: Literal["context-mixing"] = "context-mixing"

    def lossless_files(self, images: "np.ndarray", whole: bool) -> "Files":
        import numpy as np

        from aebench.compression.context_mixing import decode, encode
        from aebench.compression.files import Files

        parts = [images] if whole else [image[None] for image in images]
        files = [encode(part) for part in parts]
        decoded = [decode(file, part.shape) for file, part in zip(files, parts, strict=True)]
        return Files([len(file) for file in files], np.concatenate(decoded))
