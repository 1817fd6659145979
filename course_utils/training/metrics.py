"""What is measured: sums over an epoch, accuracy, and loss."""

from collections.abc import Callable, Iterable

import numpy as np
from torch import Tensor

from ..checks import as_float, as_labels, check_args, check_batch
from ..data.batches import in_order
from ..runs.errors import DivergedError
from .modes import apply, in_mode
from .updates import check_loss


class Accumulator:
    """Keep `n` running sums; ``accumulator[i]`` is sum number i.

    Parameters
    ----------
    n : int >= 1
        Number of sums.

    Attributes
    ----------
    data : list of float, length n
        The sums.

    References
    ----------
    Name and signature: *Dive into Deep Learning*, section 3.6.
    """

    def __init__(self, n: int) -> None:
        check_args(n=n)
        self.data = [0.0] * int(n)

    def add(self, *args: float | Tensor | np.ndarray) -> None:
        """Add one number, or a tensor or array with one element, to each sum.

        Another count of numbers, or what is no number, raises `ValueError` or
        `TypeError`, and leaves the sums as they were.
        """
        if len(args) != len(self.data):
            raise ValueError(
                f"add needs {len(self.data)} numbers, got {len(args)}"
            )
        pairs = zip(self.data, map(as_float, args), strict=True)
        self.data = [total + number for total, number in pairs]

    def reset(self) -> None:
        """Set every sum to 0."""
        self.data = [0.0] * len(self.data)

    def __getitem__(self, i: int) -> float:
        return self.data[i]


def accuracy(y_hat: Tensor, y: Tensor) -> float:
    """Count the correct predictions of one batch.

    Parameters
    ----------
    y_hat : Tensor, (batch, classes), or (batch,), integer
        Scores, of which the largest one is predicted, or predicted labels.
    y : Tensor, (batch,), integer in [0, classes)
        The true labels.

    Returns
    -------
    float
        From 0 to batch: divide by ``len(y)`` for a share.

    Raises
    ------
    DivergedError
        If a score is nan.
    TypeError, ValueError
        If the batch is empty, or shapes or labels do not fit.

    References
    ----------
    Name and signature: *Dive into Deep Learning*, section 3.6.
    """
    check_batch(y_hat, y)
    y = as_labels(y)
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

    Measuring changes nothing that follows: iterators of the course go in the
    order of their data and draw no random numbers, also those that shuffle;
    a DataLoader of torch leaves its generators as they were.

    Parameters
    ----------
    net : nn.Module or function of X
        Returns scores, a Tensor, (batch, classes).
    data_iter : iterable of (X, y)
        y : Tensor, (batch,), labels of any integer dtype.

    Returns
    -------
    float in [0, 1]
        Share over all examples.

    Raises
    ------
    DivergedError
        If a score is nan.
    TypeError, ValueError
        If there is no batch, a batch is not legal, or dtypes or devices of X
        and `net` do not fit.

    References
    ----------
    Name and signature: *Dive into Deep Learning*, section 3.6.
    """
    return _mean(net, data_iter, accuracy)


@in_mode(training=False)
def evaluate_loss(net: Callable, data_iter: Iterable, loss: Callable) -> float:
    """Measure the mean loss, in eval mode.

    It changes nothing that follows, as `evaluate_accuracy` says.

    Parameters
    ----------
    net : nn.Module or function of X
        Returns predictions, a Tensor, (batch, ...).
    data_iter : iterable of (X, y)
        y : Tensor, of the shape of the predictions, or (batch,), integer.
    loss : function of (y_hat, y)
        Returns a loss for each example, or their mean (reduction "none" or
        "mean"), without any penalty.

    Returns
    -------
    float
        Mean over all examples (and outputs); nan or inf if the loss is.

    Raises
    ------
    TypeError, ValueError
        If there is no batch, a batch is not legal, dtypes or devices of X and
        `net` do not fit, or `loss` is a sum.

    References
    ----------
    Name and signature: *Dive into Deep Learning*, section 4.4.
    """
    check_loss(loss)

    def measure(y_hat, y):
        check_batch(y_hat, y)
        value = loss(y_hat, as_labels(y))
        return len(y) * (value.mean() if hasattr(value, "mean") else value)

    return _mean(net, data_iter, measure)


def _mean(net, data_iter, measure):
    total = Accumulator(2)
    for X, y in in_order(data_iter):
        total.add(measure(apply(net, X), y), len(y))
    if not total[1]:
        raise ValueError("data_iter must have at least one batch, got none")
    return total[0] / total[1]
