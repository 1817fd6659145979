"""What a sweep is given, checked and multiplied out, and what it gets."""

import inspect
import itertools
import math
import reprlib
from collections.abc import Callable, Mapping, Sequence

import numpy as np
from torch import Tensor

from .validation import never_runs

__all__ = [
    "cases_of", "check_options", "check_run", "numbers_of", "rows_of",
]  # fmt: skip

_SEEDS = "an integer >= 1, or a list of different ones in [0, 2**32 - 1]"
_ARRAYS = (np.ndarray, Tensor)


def _integer(value):
    integer = isinstance(value, (int, np.integer))
    return integer and not isinstance(value, bool)


def cases_of(
    grid: Mapping[str, Sequence], seeds: int | Sequence[int]
) -> dict[int, tuple[dict, int]]:
    """Return every combination of the grid's values and the seeds.

    Parameters
    ----------
    grid : dict of str -> list, tuple, range, or array with one dimension
    seeds : int >= 1, for 0, 1, ..., or a list of seeds

    Returns
    -------
    dict of int -> (settings, seed), numbered in the order of the grid: the
    seeds go through first, then the values of the last setting

    Raises
    ------
    TypeError, ValueError
        If an argument is not legal.
    """
    if not isinstance(grid, Mapping):
        got = reprlib.repr(grid)
        raise TypeError(f"grid must be a dict of lists, got {got}")
    lists = [_values(name, values) for name, values in grid.items()]
    combinations = itertools.product(*lists, _seeds(seeds))
    return {
        k: (dict(zip(grid, values, strict=True)), seed)
        for k, (*values, seed) in enumerate(combinations)
    }


def _values(name, values):
    if not isinstance(name, str):
        raise TypeError(f"grid must have names of arguments, got {name!r}")
    if name in ("seed", "error"):
        raise ValueError(f"grid must not have {name!r}: a column has it")
    if isinstance(values, _ARRAYS) and values.ndim == 1:
        values = values.tolist()
    got = f"grid[{name!r}] must be a list of values, got"
    if not isinstance(values, (list, tuple, range)):
        raise TypeError(f"{got} {reprlib.repr(values)}")
    if not len(values):
        raise ValueError(f"{got} an empty one")
    return values


def _seeds(seeds):
    got = f"seeds must be {_SEEDS}, got {reprlib.repr(seeds)}"
    if isinstance(seeds, _ARRAYS):
        seeds = seeds.tolist()
    if _integer(seeds):
        if seeds < 1:
            raise ValueError(got)
        return range(int(seeds))
    listed = isinstance(seeds, (list, tuple, range))
    if not listed or not all(map(_integer, seeds)):
        raise TypeError(got)
    legal = all(0 <= seed < 2**32 for seed in seeds)
    if not legal or not 1 <= len(seeds) == len(set(seeds)):
        raise ValueError(got)
    return [int(seed) for seed in seeds]


def check_run(run: Callable, settings: dict) -> None:
    """Raise unless ``run(**settings, seed=0)`` can be called."""
    if not callable(run):
        got = reprlib.repr(run)
        raise TypeError(f"run must be a function, got {got}")
    if never_runs(run) or never_runs(type(run).__call__):
        raise TypeError("run must not contain yield or await: it never runs")
    try:
        signature = inspect.signature(run)
    except ValueError:  # some functions written in C do not tell
        return
    try:
        signature.bind(**settings, seed=0)
    except TypeError as error:
        names = ", ".join([*settings, "seed"])
        raise TypeError(
            f"run must take {names} by name and need nothing else, got"
            f" {getattr(run, '__name__', run)}{signature}: {error}"
        ) from None


def check_options(n_jobs: int, progress: bool) -> None:
    """Raise unless these two arguments of `sweep` are legal."""
    if not _integer(n_jobs) or not n_jobs:
        error = ValueError if _integer(n_jobs) else TypeError
        raise error(f"n_jobs must be an integer other than 0, got {n_jobs!r}")
    if not isinstance(progress, bool):
        raise TypeError(f"progress must be True or False, got {progress!r}")


def numbers_of(results: dict, settings: dict) -> dict:
    """Return what a run returned as a dict of plain numbers, or raise."""
    legal = "run must return a dict of numbers, got"
    if not isinstance(results, dict):
        raise TypeError(f"{legal} {reprlib.repr(results)}")
    plain = {}
    for name, value in results.items():
        if name in (*settings, "seed", "error"):
            raise ValueError(f"run must not return {name!r}: a column has it")
        if isinstance(value, (*_ARRAYS, np.generic)):
            value = value.item() if math.prod(value.shape) == 1 else value
        if not isinstance(name, str) or not isinstance(value, (int, float)):
            raise TypeError(f"{legal} {name!r}: {reprlib.repr(value)}")
        plain[name] = value
    return plain


def rows_of(cases: dict, ended: dict) -> list[dict]:
    """Return a row for each run that has ended, all with the same keys.

    `ended` is a dict of int, a key of `cases`, -> (results, error).
    """
    names = dict.fromkeys(n for k in sorted(ended) for n in ended[k][0])
    rows = []
    for k in sorted(ended):
        (settings, seed), (results, error) = cases[k], ended[k]
        numbers = {name: results.get(name, math.nan) for name in names}
        rows.append({**settings, "seed": seed, **numbers, "error": error})
    return rows
