"""Source `kmnist`: Kuzushiji-MNIST, cursive Japanese characters (Clanuwat et al. 2018)."""

from typing import ClassVar, Literal

from aebench.data.idx_files import IdxFiles


class Kmnist(IdxFiles):
    """60,000 training and 10,000 test images of 1 x 28 x 28."""

    md5: ClassVar[tuple[str, str, str, str]] = (
        "bdb82020997e1d708af4cf47b453dcf7",
        "e144d726b3acfaa3e44228e80efcd344",
        "5c965bf0a639b31b8f53240b1b52f4d7",
        "7320c461ea6c1c855c0b718fb2a4b134",
    )
    mirrors: ClassVar[tuple[str, ...]] = ("http://codh.rois.ac.jp/kmnist/dataset/kmnist/",)
    classes: ClassVar[tuple[str, ...]] = (
        "o",
        "ki",
        "su",
        "tsu",
        "na",
        "ha",
        "ma",
        "ya",
        "re",
        "wo",
    )

    source: Literal["kmnist"]
