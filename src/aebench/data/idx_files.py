"""Data sets in MNIST's format: four gzip'ed IDX files."""

from typing import ClassVar

import numpy as np

from aebench.core.errors import InputError
from aebench.data.dataset import DataSet
from aebench.data.download import fetch
from aebench.data.idx import read_idx
from aebench.data.raw import Raw

FILES = (
    "train-images-idx3-ubyte.gz",
    "train-labels-idx1-ubyte.gz",
    "t10k-images-idx3-ubyte.gz",
    "t10k-labels-idx1-ubyte.gz",
)
# The largest of these files has 47 MB; a header that declares far more is wrong.
MAX_BYTES = 100_000_000


class IdxFiles(DataSet):
    """Base of sources in this format, which define the three class variables.

    In the user's folder and the download cache, the files are in a folder of the source's name.
    """

    requires: ClassVar[tuple[str, ...]] = ("md5", "mirrors", "classes")
    has_recipes: ClassVar[bool] = True
    # MD5 sums, in the order of FILES.
    md5: ClassVar[tuple[str, str, str, str]]
    # Base URLs, with a slash at the end, to which a file's name is appended; tried in turn.
    mirrors: ClassVar[tuple[str, ...]]
    # Names of the labels 0, 1, ...
    classes: ClassVar[tuple[str, ...]]

    def read(self) -> Raw:
        """Read the four files; raises InputError for a missing, damaged or unfitting one."""
        arrays = []
        for file, md5 in zip(FILES, self.md5, strict=True):
            path = fetch(self.source, file, md5, self.mirrors)
            arrays.append(read_idx(path, ndim=3 if "images" in file else 1, max_bytes=MAX_BYTES))
        return self._joined(*arrays)

    def _joined(
        self,
        images: np.ndarray,
        labels: np.ndarray,
        test_images: np.ndarray,
        test_labels: np.ndarray,
    ) -> Raw:
        """Concatenate training and test files; raises InputError if they do not fit together."""
        for x, y in ((images, labels), (test_images, test_labels)):
            if len(x) != len(y):
                raise InputError(self.source, f"{len(x)} images but {len(y)} labels")
            if y.max() >= len(self.classes):
                raise InputError(self.source, f"label {y.max()}", f"0 to {len(self.classes) - 1}")
        if images.shape[1:] != test_images.shape[1:]:
            raise InputError(
                self.source,
                f"training images are {images.shape[1:]}, test images {test_images.shape[1:]}",
            )
        return Raw(
            np.concatenate([images, test_images])[:, None],
            np.concatenate([labels, test_labels]).astype(np.int64),
            np.arange(len(images) + len(test_images)) >= len(images),
            self.classes,
        )
