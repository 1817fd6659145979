"""One step of training: what updates the weights, and of which loss."""

import functools
import inspect
import reprlib
import warnings
from collections.abc import Callable, Iterable

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from ..checks import as_number, check_args

Updater = Optimizer | Callable[[int], None]


def sgd(params: Iterable[Tensor], lr: float, batch_size: int) -> None:
    """Take one step of gradient descent in place, and clear the gradients.

    A parameter without a gradient is left as it is, as the optimizers of
    torch do: it is frozen, or the loss does not depend on it.

    Parameters
    ----------
    params : iterable of Tensor
        The parameters, each with the gradient of a *summed* loss.
    lr : float > 0
        Learning rate, finite.
    batch_size : int >= 1
        What the gradient is divided by.

    Raises
    ------
    TypeError, ValueError
        If an argument is not legal, no parameter has a gradient, or one
        cannot get any since it is computed from others. Nothing is changed
        then.

    References
    ----------
    Name and signature: *Dive into Deep Learning*, section 3.2.
    """
    check_args(lr=lr, batch_size=batch_size)
    if isinstance(params, Tensor):
        raise TypeError("params must be a list of tensors, got one tensor")
    params = list(params)
    for i, param in enumerate(params):
        if not isinstance(param, Tensor):
            kind = type(param).__name__
            raise ValueError(f"params must be tensors, got a {kind}")
        if not (param.is_leaf or param.retains_grad):
            raise ValueError(
                f"params[{i}] is the result of a computation and gets no"
                " gradient of its own: call requires_grad_() on that result"
            )
    params = [param for param in params if param.grad is not None]
    if not params:
        raise ValueError(
            "params must hold a tensor with a gradient, got none: make them"
            " with requires_grad=True and call backward() first; net."
            "parameters() has to be asked for anew for each step"
        )
    with torch.no_grad():
        for param in params:
            param -= lr * param.grad / batch_size
            param.grad.zero_()


def check_updater(updater: Updater) -> None:
    """Check that `updater` can be called or is an Optimizer that can be used.

    A learning rate of 0 is legal only if a schedule (warm-up, the end of a
    cosine) has set it. torch takes 0, nan and inf.
    """
    if not isinstance(updater, Optimizer):
        if not callable(updater) or isinstance(updater, type):
            raise TypeError(
                "updater must be an Optimizer or a function of the batch"
                f" size, got {updater!r}"
            )
        return
    closure = inspect.signature(updater.step).parameters.get("closure")
    if closure is not None and closure.default is closure.empty:
        raise TypeError(
            "updater must be an Optimizer that takes one step for each"
            f" gradient, got {type(updater).__name__}, which computes the"
            " loss several times a step: write its loop yourself, with"
            " updater.step(closure)"
        )
    for group in updater.param_groups:
        lr = as_number(group.get("lr", 1))
        first_lr = as_number(updater.defaults.get("lr", 1))
        # torch's schedules note "initial_lr"; one by hand notes nothing.
        scheduled = "initial_lr" in group or first_lr != 0
        if lr != 0 or not scheduled:
            check_args(lr=lr)
        check_args(weight_decay=as_number(group.get("weight_decay", 0)))


def check_gradients(optimizer: Optimizer) -> None:
    """Raise `ValueError` if no parameter of `optimizer` has a gradient.

    To be called after ``backward``: a step would change nothing.
    """
    groups = optimizer.param_groups
    if all(p.grad is None for group in groups for p in group["params"]):
        raise ValueError(
            "updater holds no parameter that the loss depends on: net has"
            " probably been made anew. Make the optimizer again, after net"
        )


class IdleWatch:
    """Notice that a hand-written updater never touches the net's parameters.

    A step has touched them if a parameter that had a gradient has changed, or
    has no gradient any more: a step of size 0 clears it, too.
    """

    def __init__(self, net: Callable) -> None:
        is_module = isinstance(net, nn.Module)
        self._before = [
            (param, param.detach().clone())
            for param in (net.parameters() if is_module else ())
            if _has_gradient(param)
        ]

    def look(self) -> None:
        """Compare, after a step of the updater."""
        if any(
            not _has_gradient(param) or not torch.equal(param, before)
            for param, before in self._before
        ):
            self._before = []  # one touched parameter is enough

    def warn(self) -> None:
        """Warn if no step so far has touched a parameter."""
        if self._before:
            warnings.warn(
                "updater has changed no parameter of net in this epoch: does"
                " it hold those of a net that was made before?",
                stacklevel=4,  # the caller of train_epoch_ch3
            )


def _has_gradient(param):
    return param.grad is not None and bool((param.grad != 0).any())


def check_loss(loss: object) -> None:
    """Raise unless `loss` can be called and does not sum over the batch."""
    if not callable(loss):
        raise TypeError(f"loss must be a function, got {reprlib.repr(loss)}")
    if isinstance(loss, type):
        name = loss.__name__
        raise TypeError(f"loss must be made: write {name}(), not {name}")
    reduction = getattr(loss, "reduction", "")
    if isinstance(loss, functools.partial):  # of torch.nn.functional
        reduction = loss.keywords.get("reduction", reduction)
    if reduction == "sum":
        raise ValueError(
            "loss must have reduction='none' or 'mean', not 'sum'"
        )
