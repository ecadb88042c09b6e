"""Gradient descent whose momentum rises as it goes on."""

import torch


class SutskeverSGD(torch.optim.SGD):
    """SGD with the momentum of Sutskever et al. 2013 (eq. 5): near the optimum it may be higher.

    In update t (from 0) it is min(1 - 2^(-1 - log2(floor(t / 250) + 1)), `momentum`): 0.5, after
    250 updates 0.75, after 500 0.833... The paper's lower momentum in the last 1000 updates is not
    part of it.
    """

    def __init__(self, parameters, momentum: float, **hyperparameters):
        super().__init__(parameters, momentum=momentum, **hyperparameters)
        for group in self.param_groups:
            # Kept in the groups, which a checkpoint holds.
            group["highest_momentum"], group["update"] = momentum, 0

    def step(self, closure=None):
        for group in self.param_groups:
            rising = 1 - 0.5 / (group["update"] // 250 + 1)
            group["momentum"] = min(rising, group["highest_momentum"])
            group["update"] += 1
        return super().step(closure)
