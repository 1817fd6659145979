"""One epoch of training, whatever is counted beside the loss."""

import math
from collections.abc import Callable, Iterable

from torch import Tensor
from torch.optim import Optimizer

from course_utils.errors import DivergedError
from course_utils.metrics import Accumulator
from course_utils.modes import keep_modes, switch_mode
from course_utils.steps import Updater, check_loss, check_updater

__all__ = ["train_epoch"]


@keep_modes
def train_epoch(
    net: Callable,
    train_iter: Iterable,
    loss: Callable,
    updater: Updater,
    score: Callable[[Tensor, Tensor], float],
) -> tuple[float, float]:
    """Train for one epoch, in train mode.

    Parameters
    ----------
    net, train_iter, loss, updater : as `train_epoch_ch3` takes them
    score : function of (y_hat, y) -> float, a batch's points: one for each
        example at the most; it raises if the batch is not legal

    Returns
    -------
    float, mean loss, and float, mean score of an example

    Raises
    ------
    DivergedError
        At the first batch whose loss is nan or infinite, before its step.
    TypeError, ValueError
        If `loss` or `updater` is not legal, or there is no batch.
    """
    check_loss(loss)
    check_updater(updater)
    total = Accumulator(3)
    with switch_mode(net, training=True):
        for X, y in train_iter:
            y_hat = net(X)
            points = score(y_hat, y)
            losses = loss(y_hat, y)
            mean = losses.mean()
            value = float(mean.detach())
            if not math.isfinite(value):
                when = f"after {total[2]:.0f} examples of an epoch"
                raise DivergedError(f"the loss became {value} {when}")
            if isinstance(updater, Optimizer):
                updater.zero_grad()
                mean.backward()
                updater.step()
            else:  # a hand-written step divides by the batch size itself
                (losses.sum() if losses.dim() else mean * len(y)).backward()
                updater(len(y))
            total.add(value * len(y), points, len(y))
    if not total[2]:
        raise ValueError("train_iter must have a batch at least, got none")
    return total[0] / total[2], total[1] / total[2]
