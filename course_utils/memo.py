"""What a run gave, kept on disk, so that a repeated sweep goes on."""

import dis
import hashlib
import io
import os
import tempfile
import types
from collections.abc import Callable
from pathlib import Path

import torch
from joblib import Memory
from torch import Tensor

from .parcels import Packer
from .processes import ctrl_c_afterwards

__all__ = ["Memo", "digest", "folder_for"]

# What a function does, without the place where it stands: the lines move
# with each edit above it, the file's name with each restart of the kernel.
_CODE = (
    "co_name", "co_code", "co_names", "co_varnames", "co_cellvars",
    "co_freevars", "co_argcount", "co_posonlyargcount", "co_kwonlyargcount",
    "co_flags", "co_exceptiontable",
)  # fmt: skip
_FUNCTION = ("__defaults__", "__kwdefaults__", "__closure__", "__dict__")
_DESCRIPTORS = (types.GetSetDescriptorType, types.MemberDescriptorType)


class _Description(Packer):
    """Pickles a value so that equal values have equal bytes, for a hash.

    cloudpickle itself would take in file names, random ids of classes and
    what else happens to be imported. It decides what is described by what it
    does, a learner's own functions and classes, and what by its name only,
    those of a module that can be imported.
    """

    def reducer_override(self, value):
        # Pairs (callable, arguments), and a state, which may refer to `value`.
        if isinstance(value, types.CodeType):
            consts = [  # the order of a frozenset is another in each process
                sorted(const, key=repr) if type(const) is frozenset else const
                for const in value.co_consts
            ]
            return type, (consts, *(getattr(value, name) for name in _CODE))
        if isinstance(value, Tensor):  # its pickle has an address in it
            copy = torch.empty(value.shape, dtype=value.dtype)
            flat = copy.copy_(value.detach()).view(-1).view(torch.uint8)
            facts = str(value.dtype), tuple(value.shape), value.requires_grad
            return Tensor, (*facts, flat.numpy().tobytes())
        reduced = super().reducer_override(value)
        if reduced is NotImplemented:
            return reduced
        if isinstance(value, types.FunctionType):
            state = {name: getattr(value, name) for name in _FUNCTION}
            names = sorted(_globals_of(value.__code__))
            known = value.__globals__
            state["globals"] = [(n, known[n]) for n in names if n in known]
            return type, (value.__code__,), state
        if isinstance(value, type) and len(reduced) > 2:  # a learner's own
            state = {
                name: member
                for name, member in vars(value).items()
                if not isinstance(member, _DESCRIPTORS)
                and name not in ("_abc_impl", "__firstlineno__")
            }
            return type, (value.__name__, value.__bases__), state
        return reduced


def _globals_of(code):
    names = {
        each.argval
        for each in dis.get_instructions(code)
        if "GLOBAL" in each.opname or each.opname == "LOAD_NAME"
    }
    inner = [c for c in code.co_consts if isinstance(c, types.CodeType)]
    return names.union(*map(_globals_of, inner))


def digest(value: object) -> str:
    """Return a hash of what `value` is, the same in another process.

    For a learner's own function that is its code, its defaults, and every
    function, class and value of theirs that it uses, and so on; comments and
    the place in the notebook do not matter. What is imported counts by its
    name only.
    """
    sink = io.BytesIO()
    _Description(sink, protocol=4).dump(value)
    return hashlib.sha256(sink.getbuffer()).hexdigest()


def _kept(key, results=None):
    """Return `results`: the function that `Memory` remembers, by `key`."""
    return results


def folder_for(cache: str | os.PathLike | None) -> str | None:
    """Make a folder if there is none, and return its path; None for None."""
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
    return str(folder)


class Memo:
    """The results of one function's runs, in a folder.

    joblib's `Memory` around the function itself would know it by the text of
    its ``def`` alone. It would serve stale results after an edit of a
    function that it calls, or for another closure, and forget all results
    after a trial edit. So it is given a key in place of the function.

    `folder` is a path, `run` the function; what pickle raises is raised.
    """

    def __init__(self, folder: str, run: Callable) -> None:
        facts = run, torch.get_default_dtype(), str(torch.__version__)
        self._run = digest(facts)
        memory = Memory(folder, verbose=0)
        self._kept = memory.cache(_kept, ignore=["results"])
        self._kept("")  # Memory notes whose folder it is at a call only

    def get(self, settings: dict, seed: int) -> dict | None:
        """Return what a run gave, or None if that is not known."""
        key = self._key(settings, seed)
        with ctrl_c_afterwards():
            known = self._kept.check_call_in_cache(key)
            return self._kept(key) if known else None

    def put(self, settings: dict, seed: int, results: dict) -> None:
        """Keep what a run gave."""
        with ctrl_c_afterwards():
            self._kept.call(self._key(settings, seed), results)

    def _key(self, settings, seed):
        return digest((self._run, sorted(settings.items()), seed))
