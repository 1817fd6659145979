"""A learner's function, packed with all that it uses for another process."""

import functools
import io
import sys
from collections.abc import Callable

import cloudpickle
import torch

from .d2l.book import import_book

__all__ = ["Packer", "Parcel"]

_Cached = type(functools.cache(len))


class Packer(cloudpickle.CloudPickler):
    """Pickles a learner's functions, those under `functools.cache` too.

    cloudpickle would pack these by a name, which no other process knows.
    """

    def reducer_override(self, value):
        """Return how to make `value` again, or NotImplemented."""
        if isinstance(value, _Cached):
            wrapped = value.__wrapped__
            if super().reducer_override(wrapped) is not NotImplemented:
                return _cache, (wrapped, value.cache_parameters())
        return super().reducer_override(value)


def _cache(function, parameters):
    return functools.lru_cache(**parameters)(function)


class Parcel:
    """A function to be called in another process.

    It is packed once, and unpacked for each run: all begin with the same.
    """

    def __init__(self, run: Callable) -> None:
        sink = io.BytesIO()
        Packer(sink).dump((run, torch.get_default_dtype()))
        self._packed = sink.getvalue()
        self._book = "d2l.torch" in sys.modules  # a class may be the book's

    def __call__(self, **arguments):
        """Unpack and call it, with the default dtype of where it is from."""
        if self._book:
            import_book()
        run, dtype = cloudpickle.loads(self._packed)
        before = torch.get_default_dtype()
        try:
            torch.set_default_dtype(dtype)
            return run(**arguments)
        finally:
            torch.set_default_dtype(before)
