"""Seeds, train and eval mode: what a run changes and what it puts back."""

import contextlib
import functools
import random
from collections.abc import Callable, Iterator

import numpy as np
import torch
from torch import Tensor, nn

from ..checks import check_args


def seed_everything(seed: int) -> None:
    """Seed the default generators of Python, NumPy and torch.

    Parameters
    ----------
    seed : int in [0, 2**32 - 1]
        Equal seeds give equal random numbers.

    Raises
    ------
    TypeError, ValueError
        If `seed` is anything else; the generators are left alone then.
    """
    check_args(seed=seed)
    random.seed(int(seed))
    np.random.seed(int(seed))
    torch.manual_seed(int(seed))


@contextlib.contextmanager
def own_randomness(seed: int) -> Iterator[None]:
    """Seed every generator, and put all back as they were at the end.

    Whether torch records gradients is put back, too.
    """
    before = np.random.get_state(), random.getstate()
    gradients = torch.is_grad_enabled()
    cuda = torch.cuda.is_initialized()
    gpus = range(torch.cuda.device_count() if cuda else 0)
    with torch.random.fork_rng(gpus):
        try:
            seed_everything(seed)
            yield
        finally:
            np.random.set_state(before[0])
            random.setstate(before[1])
            torch.set_grad_enabled(gradients)


@contextlib.contextmanager
def switch_mode(net: Callable, training: bool) -> Iterator[None]:
    """Put a module into one mode, and each part back as it was at the end.

    Parameters
    ----------
    net : nn.Module; any other function has no mode and is left alone
    training : bool, True for train mode and False for eval mode

    Raises
    ------
    TypeError
        If `net` cannot be called.
    """
    if not callable(net):
        raise TypeError(f"net must be a module or a function, got {net!r}")
    parts = _parts(net)
    modes = [part.training for part in parts]
    try:
        if parts:
            net.train(training)
        yield
    finally:  # also when training is interrupted or superseded
        for part, mode in zip(parts, modes, strict=True):
            part.training = mode


def keep_modes(function: Callable) -> Callable:
    """Put the modes of `function`'s net back wherever Ctrl-C meets it.

    Ctrl-C may come when a ``with`` is just about to put something back, and
    then it does not: neither `switch_mode` nor ``torch.no_grad``. So it is
    done once more here; one Ctrl-C cannot meet both.

    Parameters
    ----------
    function : callable, its first argument is called `net`
    """

    @functools.wraps(function)
    def kept(net, *args, **kwargs):
        modes = [(part, part.training) for part in _parts(net)]
        grad = torch.is_grad_enabled()

        def put_back():
            for part, mode in modes:
                part.training = mode
            torch.set_grad_enabled(grad)

        try:
            try:
                return function(net, *args, **kwargs)
            finally:
                put_back()
        finally:
            put_back()

    return kept


def _parts(net):
    return list(net.modules()) if isinstance(net, nn.Module) else []


@keep_modes
def predict(net: Callable, X: Tensor) -> Tensor:
    """Return ``net(X)``, computed in eval mode and without gradients."""
    with torch.no_grad(), switch_mode(net, training=False):
        return net(X)
