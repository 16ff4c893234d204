"""Muon in single precision; torch's own computes in bfloat16, which CPUs without that are a hundred times slower at."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor

STEPS, COEFFICIENTS = 5, (3.4445, -4.775, 2.0315)


class Muon(torch.optim.Optimizer):  # type: ignore[misc]
    """Momentum whose matrices are made orthogonal before each step (Jordan et al. 2024), for hidden layers."""

    def __init__(
        self, params: Iterable[Any], lr: float = 0.02, momentum: float = 0.95, weight_decay: float = 0.0
    ) -> None:
        super().__init__(params, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})

    @torch.no_grad()  # type: ignore[untyped-decorator]
    def step(self, closure: Any = None) -> None:
        """Move every matrix that has a gradient."""
        for group in self.param_groups:
            for matrix in group["params"]:
                if matrix.grad is None:
                    continue
                state = self.state[matrix]
                if "momentum" not in state:
                    state["momentum"] = torch.zeros_like(matrix)
                kept = state["momentum"]
                kept.mul_(group["momentum"]).add_(matrix.grad)
                moved = orthogonal(matrix.grad.add(kept, alpha=group["momentum"]))
                matrix.mul_(1 - group["lr"] * group["weight_decay"])
                matrix.add_(moved, alpha=-group["lr"] * max(1, matrix.shape[0] / matrix.shape[1]) ** 0.5)


def orthogonal(matrix: Tensor) -> Tensor:
    """Return the nearest matrix whose singular values are about 1, by Newton and Schulz."""
    a, b, c = COEFFICIENTS
    tall = matrix.shape[0] > matrix.shape[1]
    found = matrix.T if tall else matrix
    found = found / (found.norm() + 1e-7)
    for _ in range(STEPS):
        squared = found @ found.T
        found = a * found + (b * squared + c * squared @ squared) @ found
    return found.T if tall else found
