"""What a learner's function uses of other cells, the same for each run.

A net, an optimizer or a generator of another cell would go on being trained,
or drawn from, by each run: the same settings would give another curve. So a
run finds such objects as the first run found them.
"""

import contextlib
import dataclasses
import dis
import functools
import random
import types

import numpy as np
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader

# Numbers in an array, or tensor without gradient, that is copied; larger
# ones are data, which no run changes.
_LARGE = 200_000
_SIMPLE = (int, float, complex, str, bytes, bool, type(None), torch.dtype)
_RANDOM = (
    torch.Generator, np.random.Generator, np.random.RandomState, random.Random,
)  # fmt: skip


def names_used(code: types.CodeType) -> set[str]:
    """Return the names of global variables that `code` reads."""
    names = {
        each.argval
        for each in dis.get_instructions(code)
        if "GLOBAL" in each.opname or each.opname == "LOAD_NAME"
    }
    inner = [c for c in code.co_consts if isinstance(c, types.CodeType)]
    return names.union(*map(names_used, inner))


def used_by(function) -> dict:
    """Return what a learner's function uses of its notebook, by name.

    These are global variables and variables of enclosing functions, also those
    of functions and methods of the same notebook or file that it calls.
    """
    found, seen, waiting = {}, set(), [function]
    home = getattr(_plain(function), "__globals__", {})
    while waiting:
        each = waiting.pop()
        if isinstance(each, functools.partial):
            inside = dict(enumerate(each.args)) | each.keywords
            found |= {f"partial: {k}": value for k, value in inside.items()}
            waiting += inside.values()
        if isinstance(each, types.MethodType):
            found["self"] = each.__self__
        each = _plain(each)
        if isinstance(each, types.FunctionType):
            if each.__globals__ is not home or each in seen:
                continue
            seen.add(each)
            inside = _variables_of(each)
            found |= inside
            waiting += inside.values()
        elif isinstance(each, type) and each not in seen:
            if each.__module__ == home.get("__name__", ""):
                seen.add(each)
                waiting += vars(each).values()
    return found


def _variables_of(function):
    """Return globals, enclosing variables and defaults of one function."""
    known = function.__globals__
    inside = {
        name: known[name]
        for name in sorted(names_used(function.__code__))
        if name in known
    }
    cells = zip(
        function.__code__.co_freevars, function.__closure__ or (), strict=True
    )
    for name, cell in cells:
        with contextlib.suppress(ValueError):  # not assigned yet
            inside[f"{function.__qualname__}.{name}"] = cell.cell_contents
    defaults = enumerate(function.__defaults__ or ())
    for name, value in [*defaults, *(function.__kwdefaults__ or {}).items()]:
        inside[f"{function.__qualname__}: default {name}"] = value
    return inside


def _plain(function):
    """Return the function behind a partial, a method or a decorator."""
    while True:
        if isinstance(function, (staticmethod, classmethod, types.MethodType)):
            function = function.__func__
        elif isinstance(function, property):
            function = function.fget
        elif isinstance(function, functools.partial):
            function = function.func
        elif hasattr(function, "__wrapped__"):
            function = function.__wrapped__
        else:
            return function


def fingerprint(function) -> tuple:
    """Return what is equal for equal code, and differs after an edit.

    It covers code, defaults and simple values (numbers, words) of the function
    and of those of the notebook that it uses.
    """
    parts, used = [_code_of(function)], used_by(function)
    home = getattr(_plain(function), "__globals__", {})
    functions = [_plain(each) for each in (function, *used.values())]
    counted = set().union(*map(_names_set, functions))  # by a run itself
    for name, value in sorted(used.items()):
        inner = _plain(value)
        if isinstance(inner, types.FunctionType):
            if inner.__globals__ is home:
                parts.append((name, _code_of(inner)))
        elif isinstance(inner, type):
            if inner.__module__ != home.get("__name__", ""):
                continue
            methods = [
                (each, _code_of(member))
                for each, member in sorted(vars(inner).items())
                if isinstance(_plain(member), types.FunctionType)
            ]
            parts.append((name, inner.__qualname__, tuple(methods)))
        elif isinstance(value, _SIMPLE) and name not in counted:
            same = repr(value) if isinstance(value, float) else value
            parts.append((name, type(value), same))  # nan is no equal of nan
    return tuple(parts)


def _names_set(function):
    """Return the global variables that a function assigns."""
    code = getattr(function, "__code__", None)
    instructions = dis.get_instructions(code) if code else ()
    return {i.argval for i in instructions if i.opname == "STORE_GLOBAL"}


def _code_of(function):
    function = _plain(function)
    code = getattr(function, "__code__", None)
    if code is None:
        return repr(type(function))
    return _parts_of(code), repr(function.__defaults__)


def _parts_of(code):
    consts = tuple(
        _parts_of(const)
        if isinstance(const, types.CodeType)
        else repr(sorted(const, key=repr))
        if isinstance(const, frozenset)
        else repr(const)
        for const in code.co_consts
    )
    return code.co_code, code.co_names, code.co_varnames, consts


class StartingState:
    """The state in which each run of a panel finds objects of other cells.

    Nets, tensors, optimizers, schedules and generators are put back before a
    run, unless somebody has changed them since the last run: then the new
    state is the one to start from.
    """

    def __init__(self):
        self._known = {}  # id -> _Known

    def restore(self, function) -> None:
        """Put back what `function` uses, or note it the first time."""
        before, self._known = self._known, {}
        for each in _stateful(used_by(function)):
            known = before.get(id(each)) or self._known.get(id(each))
            # Copying fails for layers that do not know their sizes yet, and
            # putting back for a net that has other layers now.
            with contextlib.suppress(Exception):
                if known is None or _digest(_state(each)) != known.left:
                    state = _state(each)
                    known = _Known(each, state, _digest(state))
                elif known.left != known.begun:
                    _put_back(each, known.state)
                known.left = known.begun
                self._known[id(each)] = known

    def leave(self) -> None:
        """Note in which state a run has left everything."""
        for known in self._known.values():
            known.left = None
            with contextlib.suppress(Exception):  # a net of other layers now
                known.left = _digest(_state(known.object))


@dataclasses.dataclass
class _Known:
    """An object, its state at first, and digests: as begun, and as left."""

    object: object
    state: object
    begun: object
    left: object = None


def _stateful(found, depth=3):
    """Yield the objects with a state, also those in lists, dicts, objects."""
    for each in found.values():
        if isinstance(each, type):
            continue
        if isinstance(each, (Tensor, np.ndarray)):
            size = each.numel() if isinstance(each, Tensor) else each.size
            if size <= _LARGE or getattr(each, "requires_grad", False):
                yield each
        elif isinstance(each, _RANDOM) or hasattr(each, "load_state_dict"):
            yield each
        elif isinstance(each, DataLoader):
            sampler = getattr(each, "sampler", None)
            drawn = each.generator, getattr(sampler, "generator", None)
            yield from _stateful(dict(enumerate(drawn)), 0)
        elif not depth:
            continue
        elif isinstance(each, dict):
            yield from _stateful(each, depth - 1)
        elif isinstance(each, (list, tuple)) and len(each) < 1000:
            yield from _stateful(dict(enumerate(each)), depth - 1)
        elif type(each).__module__ == "__main__":  # of a learner's class
            yield from _stateful(getattr(each, "__dict__", {}), depth - 1)


def _copy(value):
    """Return a copy of a state: tensors, and what holds them."""
    if isinstance(value, Tensor):
        return value.detach().clone()
    if isinstance(value, np.ndarray):
        return value.copy()
    if isinstance(value, dict):
        return {name: _copy(each) for name, each in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(map(_copy, value))
    return value


def _state(each):
    if isinstance(each, Tensor):
        grad = each.grad if each.is_leaf else None
        return each.detach().clone(), _copy(grad)
    if isinstance(each, np.ndarray):
        return each.copy()
    if isinstance(each, nn.Module):
        modes = [part.training for part in each.modules()]
        gradients = [_copy(p.grad) for p in each.parameters()]
        return _copy(dict(each.state_dict())), modes, gradients
    if isinstance(each, torch.Generator):
        return each.get_state()
    if isinstance(each, np.random.Generator):
        return _copy(each.bit_generator.state)
    if isinstance(each, np.random.RandomState):
        return each.get_state()
    if isinstance(each, random.Random):
        return each.getstate()
    return _copy(each.state_dict())


def _put_back(each, state):
    with torch.no_grad():
        if isinstance(each, Tensor):
            each.copy_(state[0])
            if each.is_leaf:
                each.grad = _copy(state[1])
        elif isinstance(each, np.ndarray):
            each[...] = state
        elif isinstance(each, nn.Module):
            values, modes, gradients = state
            each.load_state_dict(values)
            for part, mode in zip(each.modules(), modes, strict=True):
                part.training = mode
            for p, grad in zip(each.parameters(), gradients, strict=True):
                p.grad = _copy(grad)
        elif isinstance(each, torch.Generator):
            each.set_state(state)
        elif isinstance(each, np.random.Generator):
            each.bit_generator.state = state
        elif isinstance(each, np.random.RandomState):
            each.set_state(state)
        elif isinstance(each, random.Random):
            each.setstate(state)
        else:
            each.load_state_dict(_copy(state))


def _digest(value):
    """Return what differs where two states do.

    Torch counts no version of what is changed through ``.data``, as the
    updates of many books do: so the numbers themselves are compared.
    """
    if isinstance(value, Tensor):
        flat = value.detach().cpu().contiguous().reshape(-1)
        return value.shape, hash(flat.view(torch.uint8).numpy().tobytes())
    if isinstance(value, np.ndarray):
        return value.shape, hash(value.tobytes())
    if isinstance(value, dict):
        return [(name, _digest(each)) for name, each in value.items()]
    if isinstance(value, (list, tuple)):
        return [_digest(each) for each in value]
    return repr(value)
