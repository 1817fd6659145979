"""What is measured: sums over an epoch, accuracy, and loss."""

from collections.abc import Callable, Iterable

import numpy as np
from torch import Tensor

from ..checks import as_number, check_args, check_batch
from ..runs.errors import DivergedError
from .modes import in_mode
from .updates import check_loss


class Accumulator:
    """Keep `n` running sums.

    Parameters
    ----------
    n : int >= 1
        Number of sums.

    Attributes
    ----------
    data : list of float, length n
        The sums; ``accumulator[i]`` is ``data[i]``.

    References
    ----------
    Name and signature: *Dive into Deep Learning*, section 3.6.
    """

    def __init__(self, n: int) -> None:
        check_args(n=n)
        self.data = [0.0] * int(n)

    def add(self, *args: float | Tensor | np.ndarray) -> None:
        """Add one number to each sum.

        Parameters
        ----------
        *args : float, or a tensor or array with one element
            As many as there are sums.

        Raises
        ------
        TypeError, ValueError
            If there are more or fewer, or one is not a number. The sums are
            as before then.
        """
        if len(args) != len(self.data):
            raise ValueError(
                f"add needs {len(self.data)} numbers, got {len(args)}"
            )
        pairs = zip(self.data, map(as_number, args), strict=True)
        self.data = [total + _to_float(number) for total, number in pairs]

    def reset(self) -> None:
        """Set every sum to 0."""
        self.data = [0.0] * len(self.data)

    def __getitem__(self, i: int) -> float:
        """Return sum number `i`."""
        return self.data[i]


def _to_float(number):
    shape = tuple(getattr(number, "shape", ()))
    if shape:
        raise ValueError(f"add needs numbers, got one of shape {shape}")
    return float(number)


def accuracy(y_hat: Tensor, y: Tensor) -> float:
    """Count the correct predictions of one batch.

    Parameters
    ----------
    y_hat : Tensor, (batch, classes), scores, the largest one is predicted;
        or (batch,), integer, the predicted labels
    y : Tensor, (batch,), integer in [0, classes)

    Returns
    -------
    float, from 0 to batch: divide by ``len(y)`` for a share

    Raises
    ------
    DivergedError, TypeError, ValueError
        If a score is nan; or the batch is empty, shapes or labels do not fit.

    Source: *Dive into Deep Learning*, section 3.6, for name and signature.
    """
    check_batch(y_hat, y)
    if y.is_floating_point() or y.dim() != 1 or y.min() < 0:
        raise ValueError(f"y must be labels >= 0, (batch,), got {y!r}")
    if y_hat.dim() == 2:
        if y_hat.isnan().any():
            raise DivergedError("a score of the network became nan")
        y_hat = y_hat.argmax(dim=1)
    elif y_hat.is_floating_point():
        raise ValueError(
            f"y_hat must be (batch, classes) or integer labels, got {y_hat!r}"
        )
    return float((y_hat == y).sum())


@in_mode(training=False)
def evaluate_accuracy(net: Callable, data_iter: Iterable) -> float:
    """Measure the share of correct predictions, in eval mode.

    Parameters
    ----------
    net : nn.Module or function of X -> Tensor, (batch, classes)
    data_iter : iterable of (X, y), y Tensor, (batch,), integer labels

    Returns
    -------
    float in [0, 1]

    Raises
    ------
    DivergedError, TypeError, ValueError
        As `accuracy` does, and ValueError if there is no batch.

    Source: *Dive into Deep Learning*, section 3.6, for name and signature.
    """
    total = Accumulator(2)
    for X, y in data_iter:
        total.add(accuracy(net(X), y), len(y))
    return _mean(total)


@in_mode(training=False)
def evaluate_loss(net: Callable, data_iter: Iterable, loss: Callable) -> float:
    """Measure the mean loss, in eval mode.

    Parameters
    ----------
    net : nn.Module or function of X -> Tensor, (batch, ...)
    data_iter : iterable of (X, y)
    loss : function of (y_hat, y) -> Tensor: a loss for each example, or
        their mean (reduction "none" or "mean"), without any penalty

    Returns
    -------
    float, mean over all examples (and outputs); nan or inf if the loss is

    Raises
    ------
    TypeError, ValueError
        If there is no batch, a batch is not legal, or `loss` is a sum.

    Source: *Dive into Deep Learning*, section 4.4, for name and signature.
    """
    check_loss(loss)
    total = Accumulator(2)
    for X, y in data_iter:
        y_hat = net(X)
        check_batch(y_hat, y)
        value = loss(y_hat, y)
        mean = value.mean() if hasattr(value, "mean") else value
        total.add(mean * len(y), len(y))
    return _mean(total)


def _mean(total):
    if not total[1]:
        raise ValueError("data_iter must have at least one batch, got none")
    return total[0] / total[1]
