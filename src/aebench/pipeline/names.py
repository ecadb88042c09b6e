"""What trainings are called in pictures and in the report."""


def names(pretrained: bool, tuned: bool) -> dict[str, str]:
    """Name of a group of runs -> what it is called.

    `tuned`: whether there is a net with a start of its own, from pretraining or from PCA, beside
    the one from scratch.
    """
    if not tuned:
        return {"scratch": "autoencoder"}
    return {"finetuned": "fine-tuned" if pretrained else "from PCA", "scratch": "from scratch"}
