import functools
import math
import re

import numpy as np
import pandas
import pytest
import torch

from course_utils.sweeps.grid import (
    check_options,
    check_run,
    list_cases,
    make_rows,
    make_table,
    take_numbers,
)


def test_list_cases_changes_the_seed_first_and_then_the_last_setting():
    cases = list_cases({"a": [1, 2], "b": "xy".split() + ["z"]}, 2)
    assert list(cases) == list(range(8))
    assert cases[0] == ({"a": 1, "b": "xy"}, 0)
    assert cases[1] == ({"a": 1, "b": "xy"}, 1)
    assert cases[2] == ({"a": 1, "b": "z"}, 0)
    assert cases[7] == ({"a": 2, "b": "z"}, 1)


def test_list_cases_of_an_empty_grid_has_one_case_a_seed():
    assert list_cases({}, [7]) == {0: ({}, 7)}


@pytest.mark.parametrize(
    "values",
    [(1, 2), range(1, 3), np.array([1, 2]), torch.tensor([1, 2])],
)
def test_list_cases_takes_ranges_and_arrays_as_lists(values):
    settings = [case[0]["a"] for case in list_cases({"a": values}, 1).values()]
    assert settings == [1, 2]
    assert {type(value) for value in settings} == {int}


@pytest.mark.parametrize(
    ("seeds", "expected"),
    [(3, [0, 1, 2]), ([0], [0]), (np.int64(1), [0]), ([5, 3], [5, 3])]
    + [(range(4, 6), [4, 5]), (np.array([2**32 - 1]), [2**32 - 1])],
)
def test_list_cases_takes_a_number_or_a_list_of_seeds(seeds, expected):
    assert [seed for _, seed in list_cases({}, seeds).values()] == expected


@pytest.mark.parametrize(
    ("seeds", "error"),
    [
        *((value, TypeError) for value in (None, True, "3", 1.5, {}, {1})),
        *((value, TypeError) for value in ([0.5], [True], [[1]], math.nan)),
        *((value, ValueError) for value in (0, -1, [], [-1], [2**32])),
        ([1, 1], ValueError),
    ],
)
def test_list_cases_names_bad_seeds(seeds, error):
    got = re.escape(f"list of different ones in [0, 2**32 - 1], got {seeds!r}")
    with pytest.raises(error, match=f"^seeds must be an integer >= 1.*{got}"):
        list_cases({"a": [1]}, seeds)


@pytest.mark.parametrize(
    ("grid", "error", "words"),
    [
        ([("a", [1])], TypeError, "grid must be a dict of lists, got [("),
        (None, TypeError, "grid must be a dict of lists, got None"),
        ({"a": 3}, TypeError, "grid['a'] must be a list of values, got 3"),
        ({"a": "relu"}, TypeError, "must be a list of values, got 'relu'"),
        ({"a": {1, 2}}, TypeError, "must be a list of values, got {1, 2}"),
        ({"a": np.ones((2, 2))}, TypeError, "must be a list of values, got"),
        ({"a": iter([1])}, TypeError, "must be a list of values, got <list"),
        ({"a": [1], "b": []}, ValueError, "grid['b'] must be a list of"),
        ({1: [1]}, TypeError, "grid must have names of arguments, got 1"),
        ({"seed": [1]}, ValueError, "grid must not have 'seed'"),
        ({"error": [1]}, ValueError, "grid must not have 'error'"),
    ],
)
def test_list_cases_names_a_bad_grid(grid, error, words):
    with pytest.raises(error, match=re.escape(words)):
        list_cases(grid, 3)


@pytest.mark.parametrize(
    "run",
    [
        lambda a, seed: {},
        lambda *, seed, a=1, b=2: {},
        lambda **settings: {},
        dict,  # does not tell what it takes
    ],
)
def test_check_run_passes_what_can_be_called(run):
    assert check_run(run, {"a": 1}) is None


@pytest.mark.parametrize(
    ("run", "words"),
    [
        (
            lambda a: {},
            "^run must take a, seed by .* unexpected keyword argument 'seed'",
        ),
        (math.pow, r"got pow\(x, y, /\): "),
        (functools.partial(math.pow, 1), r"got functools.partial\(.*, 1\)\("),
        (lambda seed: {}, "unexpected keyword argument 'a'"),
        (lambda a, b, seed: {}, "missing a required argument: 'b'"),
        ("run", "^run must be a function, got 'run'"),
        (None, "^run must be a function, got None"),
    ],
)
def test_check_run_names_what_cannot_be_called(run, words):
    with pytest.raises(TypeError, match=words):
        check_run(run, {"a": 1})


async def coroutine(seed):
    return {}


def generator(seed):
    yield {}


class Awaited:
    async def __call__(self, seed):
        return {}


@pytest.mark.parametrize(
    "run",
    [coroutine, generator, functools.partial(coroutine), Awaited()],
)
def test_check_run_refuses_what_never_runs(run):
    with pytest.raises(TypeError, match="^run must not contain yield or aw"):
        check_run(run, {})


@pytest.mark.parametrize("n_jobs", [1, -1, -2, 8, np.int64(2)])
def test_check_options_takes_n_jobs_as_joblib_does(n_jobs):
    assert check_options(n_jobs, True) is None


@pytest.mark.parametrize(
    ("n_jobs", "error"),
    [
        (0, ValueError),
        *((value, TypeError) for value in (None, True, False, "2", 2.0, [2])),
        (math.inf, TypeError),
    ],
)
def test_check_options_names_a_bad_n_jobs(n_jobs, error):
    got = re.escape(f"other than 0, got {n_jobs!r}")
    with pytest.raises(error, match=f"^n_jobs must be an integer {got}"):
        check_options(n_jobs, True)


@pytest.mark.parametrize("progress", [0, 1, None, "no", []])
def test_check_options_names_a_bad_progress(progress):
    got = re.escape(repr(progress))
    message = f"^progress must be True or False, got {got}"
    with pytest.raises(TypeError, match=message):
        check_options(1, progress)


def test_take_numbers_makes_plain_numbers():
    results = {
        "a": torch.tensor([0.5], requires_grad=True),
        "b": np.float32(0.1),
        "c": np.array(3),
        "d": True,
        "e": math.nan,
    }
    plain = take_numbers(results, {"lambd": 3})
    assert {name: type(plain[name]) for name in plain} == {
        "a": float, "b": float, "c": int, "d": bool, "e": float,
    }  # fmt: skip
    assert plain["b"] == float(np.float32(0.1))


@pytest.mark.parametrize(
    ("results", "error", "words"),
    [
        (None, TypeError, "got None"),
        (0.5, TypeError, "got 0.5"),
        ([("a", 1)], TypeError, "got [('a', 1)]"),
        ({"a": "x"}, TypeError, "got 'a': 'x'"),
        ({"a": [1]}, TypeError, "got 'a': [1]"),
        ({"a": torch.ones(2)}, TypeError, "got 'a': tensor"),
        ({"a": 1j}, TypeError, "got 'a': 1j"),
        ({1: 1}, TypeError, "got 1: 1"),
        ({"lambd": 1}, ValueError, "must not return 'lambd'"),
        ({"seed": 1}, ValueError, "must not return 'seed'"),
        ({"error": 1}, ValueError, "must not return 'error'"),
    ],
)
def test_take_numbers_refuses_other_results(results, error, words):
    with pytest.raises(error, match=re.escape(words)):
        take_numbers(results, {"lambd": 3})


def test_make_rows_has_the_grids_order_and_the_same_keys():
    cases = list_cases({"a": [1, 2]}, [7, 8])
    ended = {3: ({"x": 0.5}, ""), 0: ({}, "no"), 1: ({"y": 2, "x": 1}, "")}
    rows = make_rows(cases, ended)
    assert [list(row) for row in rows] == [
        ["a", "seed", "y", "x", "error"]
    ] * 3
    assert [row["a"] for row in rows] == [1, 1, 2]
    assert [row["seed"] for row in rows] == [7, 8, 8]
    assert [row["error"] for row in rows] == ["no", "", ""]
    assert math.isnan(rows[0]["x"]) and rows[1]["y"] == 2


def test_make_table_keeps_none_and_other_types():
    rows = [
        {"p": 0.5, "act": "relu", "n": 1, "x": 0.5},
        {"p": None, "act": None, "n": 2, "x": math.nan},
    ]
    table = make_table(rows, pandas)
    assert table.index.tolist() == [0, 1] and [*table] == [*rows[0]]
    assert list(table["p"]) == [0.5, None]
    assert list(table["act"]) == ["relu", None]
    assert table["n"].dtype == int and table["x"].dtype == float
