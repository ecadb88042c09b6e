"""Tools as a study names them. A list holds the values that validation images choose from."""

from typing import Annotated, Literal, TypeVar

from pydantic import Field, NonNegativeFloat, PositiveFloat, PositiveInt

from aebench.schema import Section

T = TypeVar("T")
Choices = Annotated[list[T], Field(min_length=1)]


class Identity(Section):
    """The image as it is: what all denoisers are to be better than."""

    name: Literal["identity"]


class GaussianFilter(Section):
    """Convolution with a Gaussian of standard deviation `sigma`, in pixels."""

    name: Literal["gaussian-filter"]
    sigma: Choices[PositiveFloat] = Field(default=[0.3, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.2, 1.5])


class MedianFilter(Section):
    """The median of a square of `size` x `size` pixels."""

    name: Literal["median-filter"]
    size: Choices[PositiveInt] = Field(default=[1, 2, 3, 4, 5])


class TotalVariation(Section):
    """The image with little total variation near the given one (Chambolle 2004)."""

    name: Literal["total-variation"]
    weight: Choices[PositiveFloat] = Field(default=[0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.6, 0.9, 1.3])


class NonLocalMeans(Section):
    """Means of pixels whose 5 x 5 surroundings look alike (Buades et al. 2005).

    `sigma` is the noise's assumed standard deviation, `strength` the filter's, in units of it.
    """

    name: Literal["non-local-means"]
    sigma: Choices[PositiveFloat] = Field(default=[0.1, 0.2, 0.3, 0.45, 0.6])
    strength: Choices[PositiveFloat] = Field(default=[0.4, 0.6, 0.8])


class Wavelets(Section):
    """Soft thresholds on wavelet coefficients, adapted to each subband (Chang et al. 2000).

    `sigma` is the noise's assumed standard deviation; 0: estimated from each image.
    """

    name: Literal["wavelets"]
    wavelet: Choices[str] = Field(default=["db1", "db2", "sym4"])
    sigma: Choices[NonNegativeFloat] = Field(default=[0.0, 0.1, 0.2, 0.3, 0.45, 0.6])


class Pca(Section):
    """The subspace of the training images' largest variance.

    Denoising and anomaly detection use the projection to it; a map has two components, and a codec
    all of them, whatever `components` says.
    """

    name: Literal["pca"]
    components: Choices[PositiveInt] = Field(default=[2, 4, 8, 12, 16, 24, 32, 48, 64, 96, 128])


class TSNE(Section):
    """t-distributed stochastic neighbour embedding (van der Maaten & Hinton 2008)."""

    name: Literal["t-sne"]
    perplexity: PositiveFloat = 30.0


class UMAP(Section):
    """Uniform manifold approximation and projection (McInnes et al. 2018)."""

    name: Literal["umap"]
    neighbours: Annotated[int, Field(ge=2)] = 15
    min_dist: Annotated[float, Field(ge=0, le=1)] = 0.1


class Isomap(Section):
    """Distances along the graph of neighbours, kept in the plane (Tenenbaum et al. 2000)."""

    name: Literal["isomap"]
    neighbours: PositiveInt = 10


class IsolationForest(Section):
    """How few random cuts set a point apart, over many trees (Liu et al. 2008)."""

    name: Literal["isolation-forest"]
    trees: PositiveInt = 200


class Codec(Section):
    """A picture format that loses something, from small files to large ones."""

    name: Literal["jpeg", "webp", "jpeg2000", "avif", "few-levels"]


class Archiver(Section):
    """A format that loses nothing; `lossless-...` are those of the lossy codecs' names."""

    name: Literal[
        "png", "lossless-webp", "lossless-jpeg2000", "gzip", "bz2", "lzma", "zstd", "brotli"
    ]


Denoiser = (
    Identity | GaussianFilter | MedianFilter | TotalVariation | NonLocalMeans | Wavelets | Pca
)
Mapper = Pca | TSNE | UMAP | Isomap
Detector = Pca | IsolationForest
ToolConfig = Annotated[
    Denoiser | TSNE | UMAP | Isomap | IsolationForest | Codec | Archiver,
    Field(discriminator="name"),
]
