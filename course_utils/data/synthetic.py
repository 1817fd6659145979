"""A linear regression problem, drawn at random."""

import torch
from torch import Tensor

from ..checks import as_number, check_args


def synthetic_data(
    w: Tensor, b: float, num_examples: int, *, noise: float = 0.01
) -> tuple[Tensor, Tensor]:
    """Draw a linear regression problem: y = Xw + b + noise·N(0, 1).

    The numbers come from torch's default generator of the CPU, on whatever
    device they end: call `seed_everything` before.

    Parameters
    ----------
    w : Tensor, (d,) or (d, 1), floating point
        The true weights, finite.
    b : float, or a tensor or array with one element
        The true bias, finite.
    num_examples : int >= 1
        Number of rows to draw.
    noise : float >= 0
        Standard deviation of what is added to y.

    Returns
    -------
    X : Tensor, (num_examples, d), dtype and device of `w`
        Drawn from N(0, 1).
    y : Tensor, (num_examples, 1), dtype and device of `w`
        The targets.

    Raises
    ------
    TypeError, ValueError
        If an argument is of the wrong type, shape or range.

    References
    ----------
    Name and signature: *Dive into Deep Learning*, section 3.2.
    """
    b = as_number(b)
    check_args(b=b, num_examples=num_examples, noise=noise)
    if not isinstance(w, Tensor) or not w.is_floating_point():
        raise TypeError(f"w must be a tensor of floats, got {w!r}")
    if w.dim() not in (1, 2) or w.numel() != len(w) or not len(w):
        raise ValueError(f"w must have shape (d,) or (d, 1), got {w.shape}")
    if not w.isfinite().all():
        raise ValueError("w must be finite, got nan or inf in it")
    w = w.detach().reshape(-1, 1)
    on = {"dtype": w.dtype, "device": "cpu"}
    X = torch.randn(num_examples, len(w), **on).to(w.device)
    errors = torch.randn(num_examples, 1, **on).to(w.device)
    return X, X @ w + b + noise * errors
