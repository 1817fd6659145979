"""`sweep`: a learner's function over a grid of settings, in parallel."""

import contextlib
import importlib.util
import os
import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from .. import frontend
from ..runs.run import current_run
from .cache import Cache, make_folder
from .execute import execute_all, runs_elsewhere
from .grid import (
    check_options,
    check_run,
    list_cases,
    make_rows,
    make_table,
)
from .packing import PackedFunction

if TYPE_CHECKING:
    import pandas

_WAITS = "waits for a panel's training to end"


def sweep(
    run: Callable[..., dict],
    grid: Mapping[str, Sequence],
    *,
    seeds: int | Sequence[int] = 3,
    n_jobs: int = -1,
    progress: bool = True,
    cache: str | os.PathLike | None = None,
) -> "pandas.DataFrame | list[dict]":
    """Call `run` for every combination in a grid, with several seeds each.

    The runs go to as many processes as there are CPUs. Inside ``with
    joblib.parallel_config(backend="dask")`` they go to a Dask cluster, whose
    workers need the course installed and should have one thread each.

    Parameters
    ----------
    run : callable
        Called as ``run(**settings, seed=seed)``; returns a dict of numbers.
        Each call works on a copy of what `run` uses, in this process too:
        what it changes there is lost. Read data inside.
    grid : dict of str -> list
        The values of each argument of `run`.
    seeds : int >= 1, or list of int in [0, 2**32 - 1]
        A number stands for the seeds 0, 1, ... Leave out a seed that drew
        your data: a run with it would draw the same random numbers again.
    n_jobs : int, not 0
        Number of processes; -1 for one a CPU, 1 for none but this one. A Dask
        cluster takes the runs with all its workers, whatever the number is.
    progress : bool
        Whether to show a bar with the time left.
    cache : path, optional
        A folder that keeps results: the same sweep, or a larger one, then
        computes only what is missing, and what failed. A result belongs to
        its settings, seed, version of torch, the code of `run`, and those of
        your own functions, classes and values that `run` uses. Not looked at:
        files that it reads, what it imports, even from a module of yours, and
        the order in which a dict was filled.

    Returns
    -------
    DataFrame, or list of dict if pandas is not installed
        A row for each run, in the grid's order: the settings, "seed", the
        results (NaN where there is none) and "error" (what the run raised,
        or "").

    Raises
    ------
    TypeError, ValueError
        If an argument is not legal. Nothing has run then.
    RuntimeError
        If a run, or a function under sliders, calls it.
    KeyboardInterrupt
        If ■ or Ctrl-C comes before the first run has ended.

    Notes
    -----
    A run has one thread, and all generators are seeded by its seed, so
    `n_jobs` changes no number. An Animator in it draws nothing.

    ■ or Ctrl-C gives up what is running and returns the rows of the runs that
    have ended, with a warning. If a worker process dies, out of memory
    perhaps, the runs that were under way begin again, one at a time; the run
    whose worker dies even then is a row with that error.

    Examples
    --------
    >>> def run(lambd, seed):
    ...     return {"loss": lambd**2}
    >>> len(sweep(run, {"lambd": [0, 1, 3]}, seeds=2))
    6
    """
    if current_run() is not None:
        raise RuntimeError("a run cannot call sweep")
    cases = list_cases(grid, seeds)
    check_run(run, cases[0][0])
    check_options(n_jobs, progress)
    kept, packed = _prepare(run, make_folder(cache), n_jobs)
    found = importlib.util.find_spec("pandas")
    pandas = found and importlib.import_module("pandas")  # fails now or never
    ended = {}
    try:
        _run_all(packed, cases, ended, kept, n_jobs, progress)
    except KeyboardInterrupt:
        if not ended:
            raise
        means = "this" if cache else "a folder as"
        warnings.warn(
            f"Interrupted: {len(ended)} of {len(cases)} runs have ended. With"
            f" {means} cache, the same sweep computes only what is missing.",
            stacklevel=2,
        )
    rows = make_rows(cases, ended)
    return make_table(rows, pandas) if pandas else rows


def _prepare(run, folder, n_jobs):
    try:
        kept = Cache(folder, run) if folder else None
        return kept, PackedFunction(run)  # packed in this process too
    except Exception as error:  # pickle raises what it likes
        if not (folder or runs_elsewhere(n_jobs)):
            return None, run
        raise TypeError(
            "run must use only what can be sent to another process, got"
            f" {run!r}: {type(error).__name__}: {error}"
        ) from error


def _run_all(run, cases, ended, kept, n_jobs, progress):
    """Fill `ended`: the number of a case -> its results, its error."""
    for k, case in cases.items() if kept else ():
        known = kept.get(*case)
        if known is not None:
            ended[k] = known, ""
    left = {k: case for k, case in cases.items() if k not in ended}
    failed = 0

    def show_waiting(waits):
        if waits or getattr(bar, "desc", ""):  # each call draws the bar anew
            bar.set_description(_WAITS if waits else None)

    with (
        _bar(progress, len(cases), len(ended)) as bar,
        contextlib.closing(
            execute_all(run, left, n_jobs, show_waiting)
        ) as news,
    ):
        for k, results, error in news:
            if error:
                failed += 1
                bar.set_postfix(failed=failed, refresh=False)
            elif kept:
                kept.put(*cases[k], results)
            ended[k] = results, error  # put first: Ctrl-C may come here
            bar.update()


def _bar(progress, total, done):
    from tqdm.auto import tqdm

    # A program that runs a notebook (nbconvert, nbval) would save the bar.
    unseen = frontend.kernel() is not None and not frontend.has_person()
    return tqdm(
        total=total,
        initial=done,
        unit="run",
        smoothing=0,  # the mean rate of all runs
        disable=unseen or not progress,
    )
