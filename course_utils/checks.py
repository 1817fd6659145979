"""Checks of arguments and batches, made before anything is changed.

torch itself accepts ``weight_decay=nan``, ``p=True``, a label of -100, an
empty batch, and shapes (n, 1) beside (n,), without an error.
"""

import inspect
import reprlib
import sys
from collections.abc import Callable, Iterable

import numpy as np
import torch
from torch import Tensor

_INT = (int, np.integer)
_NUMBER = (int, float, np.integer, np.floating)
_MAX = sys.float_info.max  # refuses inf, and an int that no float can hold

# name: (types, test of the range, the range in words)
_NOT_NEGATIVE = (
    _NUMBER, lambda value: 0 <= value <= _MAX, "a finite number >= 0"
)  # fmt: skip
_SHARE = (_NUMBER, lambda value: 0 <= value <= 1, "a number in [0, 1]")
_COUNT = (_INT, lambda value: value >= 1, "an integer >= 1")
_LEGAL = {
    "p": _SHARE,
    "label_noise": _SHARE,
    "lambd": _NOT_NEGATIVE,
    "weight_decay": _NOT_NEGATIVE,
    "noise": _NOT_NEGATIVE,
    "lr": (_NUMBER, lambda lr: 0 < lr <= _MAX, "a finite number > 0"),
    "b": (_NUMBER, lambda b: -_MAX <= b <= _MAX, "a finite number"),
    "num_epochs": _COUNT,
    "batch_size": _COUNT,
    "n_train": _COUNT,
    "num_examples": _COUNT,
    "n": _COUNT,
    "resize": _COUNT,
    "seed": (
        _INT,
        lambda seed: 0 <= seed < 2**32,  # what NumPy takes
        "an integer in [0, 2**32 - 1]",
    ),
}


def check_args(**values: object) -> None:
    """Check hyperparameters by name against the ranges that are legal.

    Parameters
    ----------
    **values : int, float, or a NumPy scalar
        ``p`` and ``label_noise`` in [0, 1]; ``lambd``, ``weight_decay`` and
        ``noise`` finite and >= 0; ``lr`` finite and > 0; ``b`` finite;
        ``num_epochs``, ``batch_size``, ``n_train``, ``num_examples``, ``n``
        and ``resize`` integers >= 1; ``seed`` an integer in [0, 2**32 - 1].

    Raises
    ------
    TypeError
        If a value is of another type (bool, str, None, a list, a tensor ...)
        or a name is unknown.
    ValueError
        If a value is out of its range, or nan, or infinite.

    Examples
    --------
    >>> check_args(lambd=3, lr=0.003)
    >>> check_args(lambd=-1)
    Traceback (most recent call last):
    ValueError: lambd must be a finite number >= 0, got -1
    """
    for name, value in values.items():
        if name not in _LEGAL:
            known = ", ".join(sorted(_LEGAL))
            raise TypeError(f"check_args knows {known}, but not {name!r}")
        types, in_range, legal = _LEGAL[name]
        if isinstance(value, bool) or not isinstance(value, types):
            error = TypeError
        elif not in_range(as_number(value)):  # in float32 _MAX is inf
            error = ValueError
        else:
            continue
        got = reprlib.repr(value)
        raise error(f"{name} must be {legal}, got {got}")


def check_batch(y_hat: Tensor, y: Tensor) -> None:
    """Check that predictions and targets of one batch belong together.

    Parameters
    ----------
    y_hat : Tensor, (batch, classes) or any other shape
        Scores of the classes, or predictions.
    y : Tensor, (batch,), integer in [0, classes), or the shape of `y_hat`
        Class labels of any integer dtype, or a target for each prediction.

    Raises
    ------
    TypeError, ValueError
        If one is no tensor, the batch is empty, a label is no class, or
        devices or shapes differ: torch would broadcast some in silence.
    """
    for name, value in (("y_hat", y_hat), ("y", y)):
        if not isinstance(value, Tensor):
            kind = type(value).__name__
            raise TypeError(f"{name} must be a tensor, got a {kind}")
    if y_hat.device != y.device:
        raise ValueError(
            f"y_hat is on {y_hat.device}, y on {y.device}: move one of them,"
            f" for instance y = y.to({str(y_hat.device)!r})"
        )
    shapes = f"y_hat has shape {tuple(y_hat.shape)}, y {tuple(y.shape)}"
    if y_hat.numel() == 0 or y.numel() == 0:
        raise ValueError(f"the batch must not be empty: {shapes}")
    if y_hat.shape == y.shape:
        return
    if not (_is_integer(y) and y.dim() == 1 and y_hat.dim() == 2):
        raise ValueError(
            f"{shapes}: reshape one to the other, or give class labels as"
            " integers of shape (batch,) and scores as (batch, classes)"
        )
    classes = y_hat.shape[1]
    if len(y_hat) != len(y) or classes < 2:
        raise ValueError(
            f"{shapes}: labels (batch,) need scores (batch, classes) of the"
            " same length, with 2 classes or more"
        )
    low, high = (int(label) for label in y.long().aminmax())
    if low < 0 or high >= classes:
        wrong = low if low < 0 else high
        raise ValueError(f"y must be labels 0 ... {classes - 1}, got {wrong}")


def _is_integer(y):
    floating = y.is_floating_point() or y.is_complex()
    return not (floating or y.dtype == torch.bool)


def as_labels(y: Tensor) -> Tensor:
    """Return integers as int64, which torch's losses want, others as given.

    As an index uint8, the type of label files, would be read as a mask.
    """
    return y.long() if _is_integer(y) else y


def as_number(value: object) -> object:
    """Return what has one element as a Python number, all else as it is.

    ``float`` takes no arrays of one dimension since NumPy 2.4.
    """
    if isinstance(value, Tensor):
        return value.item() if value.numel() == 1 else value
    if isinstance(value, (np.ndarray, np.generic)):
        return value.item() if value.size == 1 else value
    return value


def as_float(value: object) -> float:
    """Return a number, or what has one element, of any shape, as a float."""
    number = as_number(value)
    if shape := tuple(getattr(number, "shape", ())):
        raise ValueError(f"expected one number, got shape {shape}")
    return float(number)


def never_runs(function: Callable) -> bool:
    """Tell whether a call runs no line, as that of a generator function."""
    return any(
        inspect.isgeneratorfunction(each)
        or inspect.iscoroutinefunction(each)
        or inspect.isasyncgenfunction(each)
        for each in (function, type(function).__call__)
    )


def misfit(function: Callable, names: Iterable[str]) -> str:
    """Say why `function` cannot be called with arguments of `names`, or ""."""
    try:
        inspect.signature(function).bind(**dict.fromkeys(names))
    except ValueError:  # some functions written in C do not tell
        return ""
    except TypeError as error:
        return str(error)
    return ""
