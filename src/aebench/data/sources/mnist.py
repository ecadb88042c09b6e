"""Source `mnist`: handwritten digits (LeCun et al. 1998)."""

from typing import ClassVar, Literal

from aebench.data.classes import DIGITS
from aebench.data.idx_files import IdxFiles


class Mnist(IdxFiles):
    """60,000 training and 10,000 test images of 1 x 28 x 28."""

    md5: ClassVar[tuple[str, str, str, str]] = (
        "f68b3c2dcbeaaa9fbdd348bbdeb94873",
        "d53e105ee54ea40749a09fcbcd1e9432",
        "9fb629c4189551a2d022fa330f9573f3",
        "ec29112dd5afa0611ce80d1b7f02629c",
    )
    mirrors: ClassVar[tuple[str, ...]] = (
        "https://ossci-datasets.s3.amazonaws.com/mnist/",
        "https://storage.googleapis.com/cvdf-datasets/mnist/",
    )
    classes: ClassVar[tuple[str, ...]] = DIGITS

    source: Literal["mnist"]
