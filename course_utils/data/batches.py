"""Mini-batches of tensors that lie in memory."""

import copy
import itertools
import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from operator import length_hint

import torch
from torch import Tensor
from torch.utils.data import DataLoader

from ..checks import check_args
from ..runs.run import checkpoint


class Batches:
    """Deal out mini-batches of tensors; each pass over it starts anew.

    A batch is a copy: whatever is done to it leaves the data alone. Each
    batch is a checkpoint at which a superseded run of a slider panel stops.

    Parameters
    ----------
    tensors : sequence of Tensor, (n, ...) each
        All on one device, which is where the batches are made.
    batch_size : int >= 1
        The last batch of a pass holds what is left.
    shuffle : bool
        Whether each pass draws a new order, from torch's default generator of
        the CPU: a seed gives the same order on every device.
    transform : callable, optional
        Function of one batch's tensors that returns a tuple of tensors.
    """

    def __init__(
        self,
        tensors: Sequence[Tensor],
        batch_size: int,
        shuffle: bool,
        transform: Callable[..., tuple[Tensor, ...]] | None = None,
    ) -> None:
        check_args(batch_size=batch_size)
        self.tensors = tuple(tensors)
        self.batch_size = int(batch_size)
        self.shuffle = shuffle
        self.transform = transform

    def __len__(self) -> int:
        """Return the number of batches in one pass."""
        return math.ceil(len(self.tensors[0]) / self.batch_size)

    def __iter__(self) -> Iterator[tuple[Tensor, ...]]:
        """Yield one tuple of tensors for each batch."""
        draw = torch.randperm if self.shuffle else torch.arange
        # On the CPU, also where torch.set_default_device says otherwise.
        order = draw(len(self.tensors[0]), device="cpu")
        for index in order.to(self.tensors[0].device).split(self.batch_size):
            checkpoint()
            batch = tuple(t.index_select(0, index) for t in self.tensors)
            yield self.transform(*batch) if self.transform else batch


def check_batches(**iterables: object) -> None:
    """Raise unless each of these gives batches, as often as it is asked."""
    for name, data in iterables.items():
        one_batch = isinstance(data, (tuple, list)) and any(
            isinstance(each, Tensor) for each in data
        )
        loops = isinstance(data, Iterable) or hasattr(data, "__getitem__")
        if one_batch or not loops:
            raise TypeError(f"{name} must give batches (X, y), got {data!r}")
        if isinstance(data, Iterator):
            raise TypeError(f"{name} lasts for one epoch only, got {data!r}")
        if length_hint(data, 1) == 0:
            raise ValueError(f"{name} must have at least one batch, got none")


def in_order(data_iter: Iterable) -> Iterator:
    """Yield the batches to measure on, without drawing a random number.

    `Batches` come in the order of the data. A DataLoader of torch shuffles,
    but with another generator than its own. Any other iterable draws what it
    draws, and so do a DataLoader's data set and a sampler that is not torch's.
    """
    if isinstance(data_iter, Batches):
        data_iter = copy.copy(data_iter)
        data_iter.shuffle = False
    if isinstance(data_iter, DataLoader):
        data_iter = _start_undisturbed(data_iter)
    yield from data_iter


def _start_undisturbed(loader):
    # All is put back before the first batch is given away: who measures may
    # be interrupted.
    sampler = getattr(loader.batch_sampler, "sampler", loader.sampler)
    draws = hasattr(sampler, "generator")
    own = getattr(sampler, "generator", None)
    spare = torch.Generator("cpu" if own is None else own.device)
    if own is not None:
        spare.set_state(own.get_state())
    seeds = loader.generator or torch.default_generator  # of the workers
    before = seeds.get_state()
    try:
        if draws:
            sampler.generator = spare
        try:
            batches = iter(loader)
        finally:
            seeds.set_state(before)
        first = list(itertools.islice(batches, 1))
    finally:
        if draws:
            sampler.generator = own
    return itertools.chain(first, batches)


def load_array(
    data_arrays: Sequence[Tensor], batch_size: int, is_train: bool = True
) -> Batches:
    """Deal out tensors in mini-batches, as often as asked.

    Parameters
    ----------
    data_arrays : tuple or list of Tensor, (n, ...) each
        With the same number of rows, at least one.
    batch_size : int >= 1
        The last batch holds what is left.
    is_train : bool
        Whether to shuffle anew for each pass.

    Returns
    -------
    Batches
        Each batch is a tuple of Tensor, (<= batch_size, ...).

    Raises
    ------
    TypeError, ValueError
        If `data_arrays` or `batch_size` is not legal.

    References
    ----------
    Name and signature: *Dive into Deep Learning*, section 3.3.
    """
    ok = isinstance(data_arrays, (tuple, list)) and len(data_arrays) > 0
    if not ok or not all(isinstance(array, Tensor) for array in data_arrays):
        raise TypeError(
            "data_arrays must be a tuple of tensors, such as (X, y),"
            f" got {_describe_kinds(data_arrays, ok)}"
        )
    rows = [len(array) if array.dim() else 0 for array in data_arrays]
    if 0 in rows or len(set(rows)) > 1:
        shapes = [tuple(array.shape) for array in data_arrays]
        raise ValueError(
            "data_arrays must have the same number of rows, at least one,"
            f" got the shapes {shapes}"
        )
    return Batches(data_arrays, batch_size, shuffle=is_train)


def _describe_kinds(data_arrays, several):
    members = data_arrays if several else ()
    kinds = dict.fromkeys(type(each).__name__ for each in members)
    of = f" of {', '.join(kinds)}" if kinds else ""
    return f"a {type(data_arrays).__name__}{of}"
