"""Seed the random generators, for good or for one run."""

import contextlib
import random
from collections.abc import Iterator

import numpy as np
import torch

from ..checks import check_args


def seed_everything(seed: int) -> None:
    """Seed the default generators of Python, NumPy and torch.

    Parameters
    ----------
    seed : int in [0, 2**32 - 1]
        Equal seeds give equal random numbers. Anything else raises `TypeError`
        or `ValueError` and leaves the generators alone.
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
