"""Check what `sweep` is given, and turn it into runs and rows of a table."""

import inspect
import itertools
import math
import reprlib
from collections.abc import Callable, Mapping, Sequence
from types import ModuleType
from typing import TYPE_CHECKING

import numpy as np
from torch import Tensor

from ..checks import as_number, misfit, never_runs

if TYPE_CHECKING:
    import pandas

_SEEDS = "an integer >= 1, or a list of different ones in [0, 2**32 - 1]"
_ARRAYS = (np.ndarray, Tensor)


def list_cases(
    grid: Mapping[str, Sequence], seeds: int | Sequence[int]
) -> dict[int, tuple[dict, int]]:
    """Return every combination of the grid's values and the seeds, or raise.

    Number of the case -> its settings and its seed; the seed changes fastest,
    then the last setting. Lists may be tuples, ranges and 1-d arrays.
    """
    if not isinstance(grid, Mapping):
        got = reprlib.repr(grid)
        raise TypeError(f"grid must be a dict of lists, got {got}")
    lists = [_list_values(name, values) for name, values in grid.items()]
    combinations = itertools.product(*lists, _list_seeds(seeds))
    return {
        k: (dict(zip(grid, values, strict=True)), seed)
        for k, (*values, seed) in enumerate(combinations)
    }


def _list_values(name, values):
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


def _list_seeds(seeds):
    got = f"seeds must be {_SEEDS}, got {reprlib.repr(seeds)}"
    if isinstance(seeds, _ARRAYS):
        seeds = seeds.tolist()
    if _is_integer(seeds):
        if seeds < 1:
            raise ValueError(got)
        return range(int(seeds))
    listed = isinstance(seeds, (list, tuple, range))
    if not listed or not all(map(_is_integer, seeds)):
        raise TypeError(got)
    legal = all(0 <= seed < 2**32 for seed in seeds)
    if not legal or not 1 <= len(seeds) == len(set(seeds)):
        raise ValueError(got)
    return [int(seed) for seed in seeds]


def _is_integer(value):
    integer = isinstance(value, (int, np.integer))
    return integer and not isinstance(value, bool)


def check_run(run: Callable, settings: dict) -> None:
    """Raise `TypeError` unless ``run(**settings, seed=0)`` can be called."""
    if not callable(run):
        got = reprlib.repr(run)
        raise TypeError(f"run must be a function, got {got}")
    if never_runs(run):
        raise TypeError("run must not contain yield or await: it never runs")
    names = [*settings, "seed"]
    if problem := misfit(run, names):
        got = f"{getattr(run, '__name__', run)}{inspect.signature(run)}"
        raise TypeError(
            f"run must take {', '.join(names)} by name and need nothing else,"
            f" got {got}: {problem}"
        )


def check_options(n_jobs: int, progress: bool) -> None:
    """Raise unless these two arguments of `sweep` are legal."""
    if not _is_integer(n_jobs) or not n_jobs:
        error = ValueError if _is_integer(n_jobs) else TypeError
        raise error(f"n_jobs must be an integer other than 0, got {n_jobs!r}")
    if not isinstance(progress, bool):
        raise TypeError(f"progress must be True or False, got {progress!r}")


def take_numbers(results: dict, settings: dict) -> dict:
    """Return what a run returned as a dict of int, float and bool, or raise.

    Arrays and tensors of one element are numbers. A name must not be that of
    another column.
    """
    legal = "run must return a dict of numbers, got"
    if not isinstance(results, dict):
        raise TypeError(f"{legal} {reprlib.repr(results)}")
    numbers = {}
    for name, value in results.items():
        if name in (*settings, "seed", "error"):
            raise ValueError(f"run must not return {name!r}: a column has it")
        value = as_number(value)
        if not isinstance(name, str) or not isinstance(value, (int, float)):
            raise TypeError(f"{legal} {name!r}: {reprlib.repr(value)}")
        numbers[name] = value
    return numbers


def make_rows(cases: dict, ended: dict) -> list[dict]:
    """Return a row for each run that has ended, in the order of the grid.

    `ended` maps the number of a case to its results and its error. All rows
    have the same keys, and NaN where a run has no such result.
    """
    names = dict.fromkeys(n for k in sorted(ended) for n in ended[k][0])
    rows = []
    for k in sorted(ended):
        (settings, seed), (results, error) = cases[k], ended[k]
        numbers = {name: results.get(name, math.nan) for name in names}
        rows.append({**settings, "seed": seed, **numbers, "error": error})
    return rows


def make_table(rows: list[dict], pandas: ModuleType) -> "pandas.DataFrame":
    """Return the rows as a DataFrame in which None stays None."""
    table = pandas.DataFrame(rows)
    for name in table:
        values = [row[name] for row in rows]
        if any(value is None for value in values):  # pandas would make it NaN
            table[name] = pandas.Series(values, dtype=object)
    return table
