"""The contract of initial weights."""

import torch

from aebench.nets.init import Init


def check_fill(section: Init) -> None:
    """It fills the matrix in place with finite numbers, the same ones for the same seed."""
    for shape in ((20, 50), (50, 20)):
        filled = []
        for _ in range(2):
            torch.manual_seed(0)
            matrix = torch.full(shape, torch.nan)
            section.fill(matrix, shape[1], shape[0])
            filled.append(matrix)
        assert torch.isfinite(filled[0]).all(), "not all numbers are finite"
        assert torch.equal(filled[0], filled[1]), "the same seed gives other numbers"
        assert filled[0].std() > 0, "all numbers are the same"
