"""`sweep`: a learner's function over a grid of settings, in parallel."""

import contextlib
import importlib.util
import os
import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from . import frontend
from .grids import cases_of, check_options, check_run, rows_of
from .jobs import execute_all
from .memo import Memo, folder_for
from .parcels import Parcel
from .processes import in_other_processes
from .runs.run import current_run

if TYPE_CHECKING:
    import pandas

__all__ = ["sweep"]


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

    The runs go to as many processes as there are CPUs; inside ``with
    joblib.parallel_config(backend="dask")`` to a Dask cluster, whose workers
    have the course installed and best have one thread each. A run has one
    thread and all generators seeded by its seed, so `n_jobs` changes no
    number. An Animator draws nothing.

    ■ or Ctrl-C gives up what is running and returns the rows of the runs that
    have ended, with a warning (or raises, as long as there is none). A worker
    that dies, out of memory perhaps, loses nothing: what was running begins
    again, alone; a run whose worker dies even then is a row with that error.

    Parameters
    ----------
    run : callable, called as ``run(**settings, seed=seed)``, which returns a
        dict of numbers. Each call works on a copy of what `run` uses, in
        this process, too; what it changes there is lost. Read data inside.
    grid : dict of str -> list, the values of each argument of `run`
    seeds : int >= 1, for the seeds 0, 1, ..., or a list of them. Leave out a
        seed that drew your data: the same random numbers would come again.
    n_jobs : int, number of processes; -1 for one a CPU, 1 for none but this.
        A Dask cluster takes the runs with all its workers, whatever it is.
    progress : bool, whether to show a bar with the time left
    cache : folder that keeps results: the same sweep, or a larger one, then
        computes only what is missing, and what failed. What is kept belongs
        to settings, seed, version of torch, the code of `run`, and your
        functions, classes and values that it uses. Not looked at: files that
        it reads, and what is imported, even from a module of yours.

    Returns
    -------
    DataFrame, or a list of dict if pandas is not installed
        A row for each run, in the grid's order: settings, "seed", results
        (NaN where there is none), "error" (what the run raised, or "").

    Raises
    ------
    TypeError, ValueError
        If an argument is not legal. Nothing has run then.

    Examples
    --------
    >>> def run(lambd, seed):
    ...     return {"loss": lambd**2}
    >>> len(sweep(run, {"lambd": [0, 1, 3]}, seeds=2))
    6
    """
    if current_run() is not None:
        raise RuntimeError("a run cannot call sweep")
    cases = cases_of(grid, seeds)
    check_run(run, cases[0][0])
    check_options(n_jobs, progress)
    memo, parcel = _prepare(run, folder_for(cache), n_jobs)
    found = importlib.util.find_spec("pandas")
    pandas = found and importlib.import_module("pandas")  # fails now or never
    ended = {}
    try:
        _run_all(parcel, cases, ended, memo, n_jobs, progress)
    except KeyboardInterrupt:
        if not ended:
            raise
        means = "this" if cache else "a folder as"
        warnings.warn(
            f"Interrupted: {len(ended)} of {len(cases)} runs have ended. With"
            f" {means} cache, the same sweep computes only what is missing.",
            stacklevel=2,
        )
    rows = rows_of(cases, ended)
    return pandas.DataFrame(rows) if pandas else rows


def _prepare(run, folder, n_jobs):
    try:
        memo = Memo(folder, run) if folder else None
        return memo, Parcel(run)  # each run begins with the same, here too
    except Exception as error:  # pickle raises what it likes
        if not (folder or in_other_processes(n_jobs)):
            return None, run
        raise TypeError(
            "run must use only what can be sent to another process, got"
            f" {run!r}: {type(error).__name__}: {error}"
        ) from error


def _run_all(run, cases, ended, memo, n_jobs, progress):
    """Fill `ended`: the number of a case -> its results, its error."""
    for k, case in cases.items() if memo else ():
        known = memo.get(*case)
        if known is not None:
            ended[k] = known, ""
    left = {k: case for k, case in cases.items() if k not in ended}
    failed = 0
    with (
        _bar(progress, len(cases), len(ended)) as bar,
        contextlib.closing(execute_all(run, left, n_jobs)) as news,
    ):
        for k, results, error in news:
            if error:
                failed += 1
                bar.set_postfix(failed=failed, refresh=False)
            elif memo:
                memo.put(*cases[k], results)
            ended[k] = results, error  # kept first: Ctrl-C may come here
            bar.update()


def _bar(progress, total, done):
    from tqdm.auto import tqdm

    robot = frontend.kernel() is not None and not frontend.has_person()
    return tqdm(
        total=total, initial=done, unit="run", smoothing=0,
        disable=robot or not progress,
    )  # fmt: skip
