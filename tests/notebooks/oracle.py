"""The data that several lessons' tests share: their numbers are known."""

import numpy as np
import torch

__all__ = ["draw"]


def draw(n=120):
    """Return X (n, 200), y (n, 1), float64; of 120 rows, 20 are to train."""
    r = np.random.RandomState(0)
    X, e = r.randn(120, 200), 0.01 * r.randn(120)
    y = X @ np.full(200, 0.01) + 0.05 + e
    return torch.from_numpy(X)[:n], torch.from_numpy(y).reshape(-1, 1)[:n]
