"""What is minimized. An objective knows no optimizer and no net; any pair of them combines."""

from aebench.objectives import config


def build(objective: config.ObjectiveConfig):
    """The objective of this config (see `reconstruction.py` and `bound.py` for what it offers)."""
    from aebench.objectives import classify, elbo, iwae, reconstruction

    return {
        "reconstruction": reconstruction.Reconstruction,
        "layer": reconstruction.LayerReconstruction,
        "elbo": elbo.Elbo,
        "iwae": iwae.Iwae,
        "classify": classify.Classify,
    }[objective.name](objective)
