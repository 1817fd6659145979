"""What training changes for a while, and the way back."""

import contextlib
import random
from collections.abc import Callable, Iterator

import numpy as np
import torch
from torch import nn

from course_utils.steps import seed_everything

__all__ = ["own_randomness", "switch_mode"]


@contextlib.contextmanager
def own_randomness(seed: int) -> Iterator[None]:
    """Seed every generator, and put all back as they were at the end."""
    before = torch.get_rng_state(), np.random.get_state(), random.getstate()
    try:
        seed_everything(seed)
        yield
    finally:
        torch.set_rng_state(before[0])
        np.random.set_state(before[1])
        random.setstate(before[2])


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
    parts = list(net.modules()) if isinstance(net, nn.Module) else []
    modes = [part.training for part in parts]
    try:
        if parts:
            net.train(training)
        yield
    finally:  # also when training is interrupted or superseded
        for part, mode in zip(parts, modes, strict=True):
            part.training = mode
