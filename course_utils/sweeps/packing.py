"""Pack functions, with all that they use, for another process."""

import functools
import io
import sys
from collections.abc import Callable

import cloudpickle
import torch

from ..d2l.book import import_book

_Cached = type(functools.cache(len))


class PackedFunction:
    """A function, packed with all that it uses for another process.

    It is packed once and unpacked for each call: what one call changes, the
    next does not see. The default dtype goes along. What cannot be packed
    raises what cloudpickle raises.
    """

    def __init__(self, function: Callable) -> None:
        sink = io.BytesIO()
        Packer(sink).dump((function, torch.get_default_dtype()))
        self._packed = sink.getvalue()
        self._needs_book = "d2l.torch" in sys.modules  # for its base classes

    def __call__(self, **arguments):
        """Unpack the function and call it."""
        if self._needs_book:
            import_book()
        function, dtype = cloudpickle.loads(self._packed)
        before = torch.get_default_dtype()
        try:
            torch.set_default_dtype(dtype)
            return function(**arguments)
        finally:
            torch.set_default_dtype(before)


class Packer(cloudpickle.CloudPickler):
    """Packs a learner's functions under `functools.cache` by value, too."""

    def reducer_override(self, value):
        """Return how to make `value` anew, or `NotImplemented`."""
        if isinstance(value, _Cached) and self.packs(value.__wrapped__):
            return _cache_again, (value.__wrapped__, value.cache_parameters())
        return super().reducer_override(value)

    def packs(self, function: Callable) -> bool:
        """Tell whether a function or class is a learner's: packed by value."""
        reduced = super().reducer_override(function)
        # Of two parts: Python's own, such as type(None)
        return reduced is not NotImplemented and len(reduced) > 2


def _cache_again(function, parameters):
    return functools.lru_cache(**parameters)(function)
