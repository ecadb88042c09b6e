"""Published sets in the form of MNIST's: four gzip'ed IDX files."""

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
# A file of this family holds 47 MB; a header that declares far more is not one of them.
MAX_BYTES = 100_000_000


class IdxFiles(DataSet):
    """Base of the sources of this form: each states the three class variables.

    The files lie in the user's folder and in the download cache under the source's name.
    """

    requires: ClassVar[tuple[str, ...]] = ("md5", "mirrors", "classes")
    # MD5 sums, in the order of FILES.
    md5: ClassVar[tuple[str, str, str, str]]
    # Addresses to which a file's name is appended, with a slash at the end; tried in turn.
    mirrors: ClassVar[tuple[str, ...]]
    # Names of the labels 0, 1, ...
    classes: ClassVar[tuple[str, ...]]

    def read(self) -> Raw:
        """Read the four files; raises InputError where one is missing, damaged or at odds."""
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
        """Training and test files as one, after a check that they fit together."""
        for x, y in ((images, labels), (test_images, test_labels)):
            if len(x) != len(y):
                raise InputError(f"{self.source}: {len(x)} images but {len(y)} labels")
            if y.max() >= len(self.classes):
                raise InputError(
                    f"{self.source}: label {y.max()}; allowed: 0 to {len(self.classes) - 1}"
                )
        if images.shape[1:] != test_images.shape[1:]:
            raise InputError(
                f"{self.source}: training images are {images.shape[1:]}, "
                f"test images {test_images.shape[1:]}"
            )
        return Raw(
            np.concatenate([images, test_images])[:, None],
            np.concatenate([labels, test_labels]).astype(np.int64),
            np.arange(len(images) + len(test_images)) >= len(images),
            self.classes,
        )
