"""Source `fashion-mnist`: photographs of clothes (Xiao et al. 2017)."""

from typing import ClassVar, Literal

from aebench.data.idx_files import IdxFiles


class FashionMnist(IdxFiles):
    """60,000 training and 10,000 test images of 1 x 28 x 28."""

    md5: ClassVar[tuple[str, str, str, str]] = (
        "8d4fb7e6c68d591d4c3dfef9ec88bf0d",
        "25c81989df183df01b3e8a0aad5dffbe",
        "bef4ecab320f06d8554ea6380940ec79",
        "bb300cfdad3c16e7a12a480ee83cd310",
    )
    mirrors: ClassVar[tuple[str, ...]] = (
        "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
    )
    classes: ClassVar[tuple[str, ...]] = (
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
    )

    source: Literal["fashion-mnist"]
