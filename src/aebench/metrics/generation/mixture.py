"""A density fitted to the codes of a trained model, to sample from (Ghosh et al. 2020, sec. 4)."""

import numpy as np

from aebench.core.seeding import derive


class CodeMixture:
    """A mixture of `components` Gaussians with full covariances, fitted to N x D codes.

    With one component it is the Gaussian with the codes' mean and covariance.
    """

    def __init__(self, codes: np.ndarray, components: int, seed: int):
        # It takes a second to import, which most commands need not wait for.
        from sklearn.mixture import GaussianMixture

        self.mixture = GaussianMixture(components, random_state=_state(seed, "mixture"))
        self.mixture.fit(codes.astype(np.float64))

    def sample(self, count: int, seed: int) -> np.ndarray:
        """`count` codes, float32 count x D, in random order; the same for the same seed."""
        self.mixture.set_params(random_state=_state(seed, "codes"))
        codes, _ = self.mixture.sample(count)
        order = np.random.default_rng(derive(seed, "order of codes")).permutation(count)
        return codes[order].astype(np.float32)


def _state(seed: int, purpose: str) -> int:
    # scikit-learn takes seeds of 32 bits.
    return derive(seed, purpose) % 2**32
