"""Keep on disk what runs gave, so that a repeated sweep goes on."""

import io
import json
import os
import tempfile
import types
import typing
import warnings
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from joblib.hashing import Hasher, NumpyHasher
from torch import Tensor, nn

from ..runs.learners_code import CODE, names_used
from .packing import Packer

_DIGITS = 32  # of a hash in a file's name; Windows allows 260 letters a path
_FUNCTION = ("__defaults__", "__kwdefaults__", "__closure__", "__dict__")
# Parts of a class that depend on its place in a file, or on the process: a
# dataclass's __doc__ shows its defaults, and of a set the order of the moment.
_NOT_COMPARED = (
    "_abc_impl", "__firstlineno__", "__static_attributes__", "__doc__",
)  # fmt: skip
_DESCRIPTORS = (types.GetSetDescriptorType, types.MemberDescriptorType)


class _Hasher(NumpyHasher):
    """Hash values so that equal ones have equal hashes in every process.

    joblib's hasher knows a function by its name. This one describes a
    learner's own functions and classes by what they do; `Packer` decides
    which these are. If `briefly`, objects that equal only themselves are
    described by their names: that is enough to sort by, and never circular.
    """

    dispatch_table = Packer.dispatch_table

    def __init__(self, briefly: bool = False) -> None:
        super().__init__("sha256")
        self._briefly = briefly
        self._packer = Packer(io.BytesIO())

    def save(self, obj):
        """Hash one value and all that belongs to it."""
        if isinstance(obj, np.ndarray) and not obj.dtype.hasobject:
            obj = obj.copy()  # of a view, whose strides are other ones
        elif self._briefly and obj is not None and _equals_only_itself(obj):
            name = getattr(obj, "__qualname__", "")
            code = getattr(obj, "__code__", None)
            obj = type(obj).__qualname__, name, code
        super().save(obj)

    def memoize(self, obj):
        """Note `obj`, which will be "the same again" if it comes again."""
        # Not what has a value: two equal values need not be one object.
        if _equals_only_itself(obj) or type(obj).__hash__ is None:
            super().memoize(obj)

    def _batch_setitems(self, items, *args):
        items = sorted(items, key=lambda item: _sorting_key(item[0]))
        super(Hasher, self)._batch_setitems(iter(items), *args)

    def reducer_override(self, value):
        """Return (callable, arguments, perhaps state) to hash for `value`."""
        if isinstance(value, types.CodeType):
            return type, tuple(getattr(value, name) for name in CODE)
        if isinstance(value, Tensor):  # its pickle has an address in it
            copy = torch.empty(value.shape, dtype=value.dtype, device="cpu")
            flat = copy.copy_(value.detach()).view(-1).view(torch.uint8)
            facts = str(value.dtype), tuple(value.shape), value.requires_grad
            return Tensor, (*facts, flat.numpy())
        if isinstance(value, (set, frozenset)):
            return type(value), (sorted(value, key=_sorting_key),)
        if isinstance(value, typing.TypeVar):  # cloudpickle's has a random id
            return typing.TypeVar, (value.__name__, value.__bound__)
        if isinstance(value, OrderedDict):  # equal only in the same order
            return type(value), (list(value.items()),)
        if isinstance(value, nn.Module):  # called in this order, perhaps
            make, arguments, *state = value.__reduce_ex__(4)
            return make, (*arguments, list(value._modules)), *state
        if isinstance(value, types.FunctionType):
            if self._packer.packs(value):
                known = value.__globals__
                names = names_used(value.__code__) & known.keys()
                state = {name: getattr(value, name) for name in _FUNCTION}
                state["globals"] = {name: known[name] for name in names}
                return type, (value.__code__,), state
        elif isinstance(value, type) and self._packer.packs(value):
            state = {
                name: member
                for name, member in vars(value).items()
                if not isinstance(member, _DESCRIPTORS)
                and name not in _NOT_COMPARED
            }
            return type, (value.__name__, value.__bases__), state
        return self._packer.reducer_override(value)


def _equals_only_itself(value):
    same = type(value).__hash__ is object.__hash__
    return same or isinstance(value, type)


def _sorting_key(value):
    return value if type(value) is str else _Hasher(briefly=True).hash(value)


def digest(value: object) -> str:
    """Return a hash of `value`, the same for an equal one in any process.

    A learner's function is hashed by its code, its defaults, and every
    function, class and value of theirs that it uses. Comments, its place in
    the notebook, and the order in which a dict was filled do not count. What
    is imported counts by its name.
    """
    return _Hasher().hash(value)


def make_folder(cache: str | os.PathLike | None) -> Path | None:
    """Return the folder that `cache` names, made if there is none; or None.

    What is no path raises `TypeError`, a folder that cannot be written in
    `ValueError`.
    """
    if cache is None:
        return None
    if not isinstance(cache, (str, os.PathLike)):
        raise TypeError(f"cache must be a folder or None, got {cache!r}")
    folder = Path(cache).expanduser().absolute()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=folder).close()
    except OSError as error:
        got = f"{os.fspath(cache)!r} ({error.strerror})"
        message = f"cache must be a folder to write in, got {got}"
        raise ValueError(message) from None
    return folder


class Cache:
    """The results of one function's runs, a JSON file for each run.

    joblib's `Memory` would know the function by the text of its ``def`` alone:
    an edit of a function that it calls would go unnoticed. A `run` that uses
    what cannot be compared raises what pickle raises.
    """

    def __init__(self, folder: Path, run: Callable) -> None:
        facts = run, torch.get_default_dtype(), str(torch.__version__)
        self._folder = folder / digest(facts)[:_DIGITS]

    def get(self, settings: dict, seed: int) -> dict | None:
        """Return what a run gave, or None if that is not known."""
        try:
            return json.loads(self._file(settings, seed).read_text("utf-8"))
        except (OSError, ValueError):  # there is none, or it is damaged
            return None

    def put(self, settings: dict, seed: int, results: dict) -> None:
        """Keep what a run gave: a dict of str -> int, float or bool."""
        file = self._file(settings, seed)
        part = file.with_suffix(f".{os.getpid()}")
        try:
            self._folder.mkdir(exist_ok=True)
            part.write_text(json.dumps(results), "utf-8")
            part.replace(file)  # at once: no other kernel reads half a file
        except OSError as error:  # a full disk must not lose the sweep
            warnings.warn(f"cache keeps no results: {error}", stacklevel=2)

    def _file(self, settings, seed):
        name = digest((settings, seed))[:_DIGITS]
        return self._folder / f"{name}.json"
