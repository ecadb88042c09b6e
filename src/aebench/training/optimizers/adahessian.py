"""AdaHessian that leaves no memory behind."""

import warnings

import pytorch_optimizer


class AdaHessian(pytorch_optimizer.AdaHessian):
    """`pytorch_optimizer.AdaHessian`, to be stepped with a closure that keeps its graph."""

    def __init__(self, parameters, **knobs):
        super().__init__(parameters, **knobs)
        # Of the cycle that `step` breaks.
        warnings.filterwarnings("ignore", message="Using backward.. with create_graph=True")

    def step(self, closure):
        loss = super().step(closure)
        # A gradient holds its graph, which holds the parameter, which holds the gradient.
        self.zero_grad()
        return loss
