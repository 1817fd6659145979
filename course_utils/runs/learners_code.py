"""What a learner's function uses, and whether its code has been edited."""

import contextlib
import dis
import functools
import types

import torch

# What code does, without the place where it stands: the lines move with each
# edit above it, the file's name with each restart of the kernel.
CODE = (
    "co_name", "co_code", "co_consts", "co_names", "co_varnames",
    "co_cellvars", "co_freevars", "co_argcount", "co_posonlyargcount",
    "co_kwonlyargcount", "co_flags", "co_exceptiontable",
)  # fmt: skip
_SIMPLE = (int, float, complex, str, bytes, bool, type(None), torch.dtype)


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


def _parts_of(part):
    if isinstance(part, types.CodeType):
        return tuple(_parts_of(getattr(part, name)) for name in CODE)
    if isinstance(part, tuple):
        return tuple(map(_parts_of, part))
    if isinstance(part, frozenset):  # its order is that of the moment
        return repr(sorted(part, key=repr))
    return repr(part)
