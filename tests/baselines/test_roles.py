"""What holds for every baseline, and what a measure learns of it by its roles."""

from typing import ClassVar, Literal

import pytest

from aebench.baselines.base import Archiver, Baseline, Codec, Detector, Filter, Mapper
from aebench.core.errors import InputError
from aebench.core.schema import parse

ROLES = {
    Filter: "identity gaussian-filter median-filter total-variation non-local-means wavelets pca "
    "ridge",
    Mapper: "pca t-sne umap isomap",
    Detector: "pca isolation-forest",
    Codec: "jpeg webp jpeg2000 avif few-levels pca",
    Archiver: "png lossless-webp lossless-jpeg2000 jpeg-ls lossless-jpeg-xl gzip bz2 lzma zstd "
    "brotli context-mixing",
}


@pytest.mark.parametrize("role", ROLES)
def test_a_role_knows_its_members(role: type[Baseline]) -> None:
    assert set(role.known()) == set(ROLES[role].split())


@pytest.mark.parametrize("name", Baseline.known())
def test_each_has_a_role_and_lacks_nothing(name: str) -> None:
    member = Baseline.known()[name]
    assert issubclass(member, tuple(ROLES)) and member.lacks() == []
    assert parse(Baseline, {"name": name}, "baseline").name == name


def test_what_a_member_lacks_of_each_role_is_told(registered) -> None:
    class Plane(Filter, Mapper, Detector):
        name: Literal["plane"] = "plane"
        maps_new_points: ClassVar[bool] = True

        def fit_map(self, train, seed):
            return lambda images: images.reshape(len(images), -1)[:, :2]

    class Planes(Plane):
        name: Literal["planes"] = "planes"

        def fit_filter(self, train):
            return lambda: lambda images: images

    assert Plane.lacks() == ["fit_filter", "fit_score"]
    assert Planes.lacks() == ["fit_score"]
    assert "planes" in Mapper.known() and "planes" not in Codec.known()


def test_an_unknown_name_is_told_with_all_that_there_are() -> None:
    with pytest.raises(InputError, match="baseline: unknown name 'blur'; allowed: avif, brotli"):
        parse(Baseline, {"name": "blur"}, "baseline")
