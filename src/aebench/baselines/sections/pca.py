"""Principal component analysis."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from aebench.baselines.base import Choices, Codec, Detector, Filter, ImageFilter, Map, Mapper, Score
from aebench.core.counts import Count
from aebench.core.errors import InputError

if TYPE_CHECKING:
    import numpy as np

    from aebench.compression.files import Files


class Pca(Filter, Mapper, Detector, Codec):
    """Projection to the leading principal components of the training images.

    `components` is for denoising and anomaly detection; a map always has two components, and a
    codec all of them.
    """

    name: Literal["pca"] = "pca"
    components: Choices[Count] = Field(default=[2, 4, 8, 12, 16, 24, 32, 48, 64, 96, 128])

    def fit_filter(self, train: "np.ndarray") -> Callable[..., ImageFilter]:
        from aebench.data.pca import Subspace

        subspace = Subspace(train, max(self.components))
        return lambda components: lambda images: subspace.project(images, components)

    def fit_map(self, train: "np.ndarray", seed: int) -> Map:
        from aebench.data.pca import Subspace

        subspace = Subspace(train, 2)
        return lambda images: subspace.codes(images, 2)

    def check_detector(self) -> None:
        if len(self.components) != 1:
            raise InputError("baseline.components: for anomalies exactly one value is allowed")

    def fit_score(self, train: "np.ndarray", seed: int) -> Score:
        """The squared distance to the subspace."""
        import numpy as np

        from aebench.data.pca import Subspace

        [components] = self.components
        subspace = Subspace(train, components)

        def score(images: "np.ndarray") -> "np.ndarray":
            error = images - subspace.project(images, components)
            return np.square(error).reshape(len(images), -1).sum(1)

        return score

    def lossy_files(
        self, images: "np.ndarray", train: "np.ndarray", whole: bool
    ) -> Iterator["Files"]:
        """Rounds the coordinates and codes them by the frequencies of training images."""
        from aebench.compression.lossy import files_by_step
        from aebench.compression.transforms import PcaTransform

        return files_by_step(PcaTransform(train), images, train, whole)
