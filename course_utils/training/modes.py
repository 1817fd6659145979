"""Train and eval mode: what a function changes of a net and puts back."""

import functools
from collections.abc import Callable

import torch
from torch import Tensor, nn


def in_mode(training: bool) -> Callable:
    """Return a decorator: its function runs with `net` in train or eval mode.

    `net` is the first argument of the function: a module, each part of which
    has its own mode back at the end, or any other function, which has no mode.
    In eval mode no gradients are recorded.

    Ctrl-C may come at any moment. A context manager would put nothing back if
    it came just when the ``with`` block ends. The modes are put back twice,
    since Ctrl-C may interrupt the first time.
    """

    def decorate(function):
        @functools.wraps(function)
        def in_that_mode(net, *args, **kwargs):
            if not callable(net):
                raise TypeError(
                    f"net must be a module or a function, got {net!r}"
                )
            parts = list(net.modules()) if isinstance(net, nn.Module) else []
            modes = [(part, part.training) for part in parts]
            gradients = torch.is_grad_enabled()

            def put_back():
                for part, mode in modes:
                    part.training = mode
                torch.set_grad_enabled(gradients)

            try:
                try:
                    if parts:
                        net.train(training)
                    if not training:
                        torch.set_grad_enabled(False)
                    return function(net, *args, **kwargs)
                finally:
                    put_back()
            finally:
                put_back()

        return in_that_mode

    return decorate


def apply(net: Callable, X: Tensor) -> Tensor:
    """Return ``net(X)``; if dtypes or devices do not fit, say what to do."""
    try:
        return net(X)
    except RuntimeError as error:
        if not (isinstance(net, nn.Module) and isinstance(X, Tensor)):
            raise
        weight = next(net.parameters(), None)
        if weight is None:
            raise
        if X.device != weight.device:
            raise ValueError(
                f"X is on {X.device}, the parameters of net on"
                f" {weight.device}: move one of them, for instance"
                f" X = X.to({str(weight.device)!r}) ({error})"
            ) from error
        if X.dtype != weight.dtype:
            raise TypeError(
                f"X has dtype {X.dtype}, the parameters of net {weight.dtype}:"
                f" change one of them, for instance X = X.to({weight.dtype})"
                f" ({error})"
            ) from error
        raise


@in_mode(training=False)
def predict(net: Callable, X: Tensor) -> Tensor:
    """Return ``net(X)``, computed in eval mode and without gradients."""
    return apply(net, X)
