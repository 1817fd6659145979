"""What a learner's function uses, and whether its code has been edited."""

import contextlib
import dis
import functools
import re
import types
import weakref

import numpy as np
import torch

# What code does, without the place where it stands: the lines move with each
# edit above it, the file's name with each restart of the kernel.
CODE = (
    "co_name", "co_code", "co_consts", "co_names", "co_varnames",
    "co_cellvars", "co_freevars", "co_argcount", "co_posonlyargcount",
    "co_kwonlyargcount", "co_flags", "co_exceptiontable",
)  # fmt: skip
_SIMPLE = (int, float, complex, str, bytes, bool, type(None), torch.dtype)
_SMALL = 8000  # bytes of a tensor that is compared number by number
# Function: its code and defaults, which are read once: a run may change a
# list that is a default, and that is no edit.
_FIRST_SEEN = weakref.WeakKeyDictionary()


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
    return _explore(function)[0]


def _explore(function):
    """Return what a function uses, and the functions and classes among it.

    The former is a dict, the latter a set of (name, function or class), only
    of those that stand in the same notebook or file.
    """
    found, seen, waiting = {}, set(), [("", function)]
    home = getattr(_plain(function), "__globals__", {})
    while waiting:
        name, each = waiting.pop()
        if isinstance(each, functools.partial):
            inside = dict(enumerate(each.args)) | each.keywords
            found |= {f"partial: {k}": value for k, value in inside.items()}
            waiting += inside.items()
        if isinstance(each, types.MethodType):
            found["self"] = each.__self__
        each = _plain(each)
        if isinstance(each, types.FunctionType):
            if each.__globals__ is not home or (name, each) in seen:
                continue
            seen.add((name, each))
            inside = _variables_of(each)
            found |= inside
            waiting += inside.items()
        elif isinstance(each, type) and (name, each) not in seen:
            if each.__module__ == home.get("__name__", ""):
                seen.add((name, each))
                waiting += vars(each).items()
    return found, seen


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


def fingerprint(function) -> set:
    """Return what is equal for equal code, and differs after an edit.

    It covers code, defaults and simple values (numbers, words) of the function
    and of those of the notebook that it uses.
    """
    used, functions = _explore(function)
    counted = set().union(*(_names_set(each) for _, each in functions))
    values = {
        (name, _value_of(value))
        for name, value in used.items()
        if isinstance(value, _SIMPLE) and name not in counted  # by a run
    }
    return values | {
        (name, each.__qualname__, _code_of(each)) for name, each in functions
    }


def _names_set(function):
    """Return the global variables that a function assigns."""
    code = getattr(function, "__code__", None)
    instructions = dis.get_instructions(code) if code else ()
    return {i.argval for i in instructions if i.opname == "STORE_GLOBAL"}


def _code_of(function):
    if isinstance(function, type):  # its methods have code
        return None
    if function not in _FIRST_SEEN:
        parts = "__code__", "__defaults__", "__kwdefaults__"
        several = [getattr(function, part) for part in parts]
        _FIRST_SEEN[function] = _value_of(several)
    return _FIRST_SEEN[function]


def _value_of(value):
    """Return what is equal for equal values, and can be put into a set.

    Of what has no value of its own, such as a generator, it is the type.
    """
    kind = type(value).__qualname__  # 1 is equal to True
    if isinstance(value, types.CodeType):
        value = [getattr(value, name) for name in CODE]
    elif isinstance(value, dict):
        value = list(value.items())
    elif isinstance(value, (torch.Tensor, np.ndarray, np.generic)):
        # Some have no numbers to read: sparse ones, those on "meta".
        with contextlib.suppress(RuntimeError, ValueError):
            if value.nbytes <= _SMALL:
                kind += str(value.dtype)
                value = value.tolist()
    if isinstance(value, (list, tuple)):
        return kind, tuple(map(_value_of, value))
    if isinstance(value, (set, frozenset)):
        return kind, frozenset(map(_value_of, value))
    if isinstance(value, _SIMPLE) and not isinstance(value, (float, complex)):
        return kind, value
    # nan is not equal to nan. The address of an object is another one in the
    # same cell, run again.
    return kind, re.sub(" at 0x[0-9a-fA-F]+", "", repr(value))
