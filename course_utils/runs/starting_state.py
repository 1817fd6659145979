"""What a learner's function uses of other cells, the same for each run.

A net, an optimizer or a generator of another cell would go on being trained,
or drawn from, by each run: the same settings would give another curve. So a
run finds such objects as the first run found them.
"""

import contextlib
import dataclasses
import random

import numpy as np
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader

from .learners_code import used_by

# Numbers in an array, or tensor without gradient, that is copied; larger
# ones are data, which no run changes.
_LARGE = 200_000
_RANDOM = (
    torch.Generator, np.random.Generator, np.random.RandomState, random.Random,
)  # fmt: skip


class StartingState:
    """The state in which each run of a panel finds objects of other cells.

    Nets, tensors, optimizers, schedules and generators are put back before a
    run, unless somebody has changed them since the last run: then the new
    state is the one to start from.
    """

    def __init__(self):
        self._known = {}  # id -> _Known

    @contextlib.contextmanager
    def restored(self, function):
        """Put back what `function` uses, which runs within this context."""
        self._restore(function)
        try:
            yield
        finally:
            for known in self._known.values():
                known.left = None
                with contextlib.suppress(Exception):  # it has other layers
                    known.left = _digest(_state(known.object))

    def _restore(self, function):
        before, self._known = self._known, {}
        for each in _stateful(used_by(function).values()):
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


@dataclasses.dataclass
class _Known:
    """An object, its state at first, and digests: as begun, and as left."""

    object: object
    state: object
    begun: object
    left: object = None


def _stateful(values, depth=3):
    """Yield what has a state, also in lists, dicts and learners' objects."""
    for each in values:
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
            yield from _stateful(drawn, 0)
        elif not depth:
            continue
        elif isinstance(each, dict):
            yield from _stateful(each.values(), depth - 1)
        elif isinstance(each, (list, tuple)) and len(each) < 1000:
            yield from _stateful(each, depth - 1)
        elif type(each).__module__ == "__main__":  # of a learner's class
            inside = getattr(each, "__dict__", {})
            yield from _stateful(inside.values(), depth - 1)


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


def _set_tensor(tensor, state):
    tensor.copy_(state[0])
    if tensor.is_leaf:
        tensor.grad = _copy(state[1])


def _state_of_module(net):
    modes = [part.training for part in net.modules()]
    gradients = [_copy(p.grad) for p in net.parameters()]
    return _copy(dict(net.state_dict())), modes, gradients


def _set_module(net, state):
    values, modes, gradients = state
    net.load_state_dict(values)
    for part, mode in zip(net.modules(), modes, strict=True):
        part.training = mode
    for p, grad in zip(net.parameters(), gradients, strict=True):
        p.grad = _copy(grad)


# How the state of each kind of object is read, and how it is put back
_STATES = {
    Tensor: (lambda t: (_copy(t), _copy(t.grad if t.is_leaf else None)),
             _set_tensor),
    np.ndarray: (np.ndarray.copy, np.copyto),
    nn.Module: (_state_of_module, _set_module),
    torch.Generator: (torch.Generator.get_state, torch.Generator.set_state),
    np.random.Generator: (
        lambda drawn: _copy(drawn.bit_generator.state),
        lambda drawn, state: setattr(drawn.bit_generator, "state", state)),
    np.random.RandomState: (
        np.random.RandomState.get_state, np.random.RandomState.set_state),
    random.Random: (random.Random.getstate, random.Random.setstate),
    object: (lambda each: _copy(each.state_dict()),  # an optimizer, say
             lambda each, state: each.load_state_dict(_copy(state))),
}  # fmt: skip


def _access(each):
    return next(both for kind, both in _STATES.items()
                if isinstance(each, kind))  # fmt: skip


def _state(each):
    return _access(each)[0](each)


def _put_back(each, state):
    with torch.no_grad():
        _access(each)[1](each, state)


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
