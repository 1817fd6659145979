"""Mini-batches of tensors that lie in memory."""

import math
from collections.abc import Callable, Iterator, Sequence

import torch
from torch import Tensor

from course_utils.run import checkpoint
from course_utils.validation import check_args

__all__ = ["Batches", "load_array"]


class Batches:
    """Deal out mini-batches of tensors; each pass over it starts anew.

    A batch is a copy: whatever is done to it leaves the data alone. Each
    batch is a checkpoint at which a superseded run of a slider panel stops.

    Parameters
    ----------
    tensors : sequence of Tensor, (n, ...) each, all on one device
    batch_size : int >= 1; the last batch of a pass holds what is left
    shuffle : bool, whether each pass draws a new order, from torch's default
        generator
    transform : function of one batch's tensors -> tuple of Tensor, optional

    Raises
    ------
    TypeError, ValueError
        If `batch_size` is not an integer >= 1.
    """

    def __init__(
        self,
        tensors: Sequence[Tensor],
        batch_size: int,
        shuffle: bool,
        transform: Callable[..., tuple[Tensor, ...]] | None = None,
    ) -> None:
        check_args(batch_size=batch_size)
        self.tensors, self.batch_size = tuple(tensors), int(batch_size)
        self.shuffle, self.transform = shuffle, transform

    def __len__(self) -> int:
        """Return the number of batches in one pass."""
        return math.ceil(len(self.tensors[0]) / self.batch_size)

    def __iter__(self) -> Iterator[tuple[Tensor, ...]]:
        """Yield one tuple of tensors for each batch."""
        n = len(self.tensors[0])
        # Drawn on the CPU, so that a seed means the same on every device, also
        # where torch.set_default_device has named another one.
        draw = torch.randperm if self.shuffle else torch.arange
        order = draw(n, device="cpu").to(self.tensors[0].device)
        for index in order.split(self.batch_size):
            checkpoint()
            batch = tuple(t.index_select(0, index) for t in self.tensors)
            yield self.transform(*batch) if self.transform else batch


def load_array(
    data_arrays: Sequence[Tensor], batch_size: int, is_train: bool = True
) -> Batches:
    """Deal out tensors in mini-batches, as often as asked.

    Parameters
    ----------
    data_arrays : tuple or list of Tensor, (n, ...) each, n >= 1
    batch_size : int >= 1; the last batch holds what is left
    is_train : bool, whether to shuffle anew for each pass

    Returns
    -------
    Batches, each a tuple of Tensor, (<= batch_size, ...)

    Source: *Dive into Deep Learning*, section 3.3, for name and signature.
    """
    ok = isinstance(data_arrays, (tuple, list)) and len(data_arrays) > 0
    if not ok or not all(isinstance(array, Tensor) for array in data_arrays):
        raise TypeError(
            "data_arrays must be a tuple of tensors, such as (X, y),"
            f" got {_kinds(data_arrays, ok)}"
        )
    rows = [len(array) if array.dim() else 0 for array in data_arrays]
    if 0 in rows or len(set(rows)) > 1:
        shapes = [tuple(array.shape) for array in data_arrays]
        raise ValueError(
            "data_arrays must have the same number of rows, at least one,"
            f" got the shapes {shapes}"
        )
    return Batches(data_arrays, batch_size, shuffle=is_train)


def _kinds(data_arrays, several):
    members = data_arrays if several else ()
    kinds = dict.fromkeys(type(each).__name__ for each in members)
    of = f" of {', '.join(kinds)}" if kinds else ""
    return f"a {type(data_arrays).__name__}{of}"
