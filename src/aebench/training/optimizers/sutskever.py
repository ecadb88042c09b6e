"""Gradient descent with the momentum schedule of Sutskever et al. (2013)."""

import torch


class SutskeverSGD(torch.optim.SGD):
    """SGD whose momentum rises over the training (Sutskever et al. 2013, eq. 5).

    In update t (from 0) it is min(1 - 2^(-1 - log2(floor(t / 250) + 1)), `momentum`): 0.5, after
    250 updates 0.75, after 500 0.833... The paper's lower momentum in the last 1000 updates is left
    out.
    """

    def __init__(self, parameters, momentum: float, **hyperparameters):
        super().__init__(parameters, momentum=momentum, **hyperparameters)
        for group in self.param_groups:
            # In the groups, so that checkpoints hold them.
            group["highest_momentum"], group["update"] = momentum, 0

    def step(self, closure=None):
        for group in self.param_groups:
            rising = 1 - 0.5 / (group["update"] // 250 + 1)
            group["momentum"] = min(rising, group["highest_momentum"])
            group["update"] += 1
        return super().step(closure)
