"""One step of training: what updates the weights, and of which loss."""

import functools
import reprlib
from collections.abc import Callable, Iterable

import torch
from torch import Tensor
from torch.optim import Optimizer

from ..checks import as_number, check_args

Updater = Optimizer | Callable[[int], None]


def sgd(params: Iterable[Tensor], lr: float, batch_size: int) -> None:
    """Take one step of gradient descent in place, and clear the gradients.

    Parameters
    ----------
    params : iterable of Tensor, each with the gradient of a *summed* loss
    lr : float > 0, finite
    batch_size : int >= 1, what the gradient is divided by

    Raises
    ------
    TypeError, ValueError
        If an argument is not legal, there is no parameter, or one has no
        gradient. Nothing is changed then.

    Source: *Dive into Deep Learning*, section 3.2, for name and signature.
    """
    check_args(lr=lr, batch_size=batch_size)
    if isinstance(params, Tensor):
        raise TypeError("params must be a list of tensors, got one tensor")
    params = list(params)
    if not params or any(
        getattr(param, "grad", None) is None for param in params
    ):
        raise ValueError(
            "params must be tensors with a gradient: call backward() first,"
            f" got {len(params)} of them"
        )
    with torch.no_grad():
        for param in params:
            param -= lr * param.grad / batch_size
            param.grad.zero_()


def check_updater(updater: Updater) -> None:
    """Raise unless `updater` can be called or is an Optimizer in order.

    torch takes a learning rate of 0, nan or inf, and a weight decay of nan or
    inf. These raise `ValueError` here, and another type `TypeError`.
    """
    if isinstance(updater, Optimizer):
        for group in updater.param_groups:
            check_args(
                lr=as_number(group["lr"]),  # a tensor, for some optimizers
                weight_decay=as_number(group.get("weight_decay", 0)),
            )
    elif not callable(updater) or isinstance(updater, type):
        raise TypeError(
            "updater must be an Optimizer or a function of the batch size,"
            f" got {updater!r}"
        )


def check_loss(loss: object) -> None:
    """Raise unless `loss` can be called and does not sum over the batch."""
    if not callable(loss):
        raise TypeError(f"loss must be a function, got {reprlib.repr(loss)}")
    if isinstance(loss, type):
        name = loss.__name__
        raise TypeError(f"loss must be made: write {name}(), not {name}")
    of_partial = isinstance(loss, functools.partial)
    chosen = loss.keywords if of_partial else {}
    if "sum" in (getattr(loss, "reduction", ""), chosen.get("reduction")):
        raise ValueError(
            "loss must have reduction='none' or 'mean', not 'sum'"
        )
