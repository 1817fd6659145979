"""Runs of a learner's function, in this process or in others."""

import contextlib
import copy
import traceback
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor

import torch
from joblib import Parallel, delayed, effective_n_jobs
from threadpoolctl import threadpool_limits

from .grids import numbers_of
from .processes import deaf_to_ctrl_c, mend_dask
from .runs.run import Run
from .training.modes import own_randomness

__all__ = ["execute", "execute_all"]


class _Nobody:
    """The view of a run that nobody looks at: an Animator draws nothing."""

    def changed(self, run):
        pass

    def update(self, animator):
        pass

    def show_figure(self, figure, alt):
        pass


def execute(run: Callable, settings: dict, seed: int) -> tuple[dict, str]:
    """Call ``run(**settings, seed=seed)``, seeded, and on one thread.

    Processes are what runs in parallel. And how a sum is divided between
    threads changes its last bits, in torch and in NumPy: with one thread
    always, a run gives the same whatever runs beside it.

    Returns
    -------
    dict of str -> number, what `run` returned, or an empty one
    str, the error that ended it, or ""

    Raises
    ------
    KeyboardInterrupt
        If it was interrupted.
    """

    def call():
        threads = torch.get_num_threads()
        try:
            with threadpool_limits(1), own_randomness(seed):
                torch.set_num_threads(1)
                mine = copy.deepcopy(settings)  # as in another process
                return numbers_of(run(**mine, seed=seed), settings)
        finally:
            torch.set_num_threads(threads)

    this = Run(call, settings, seed, _Nobody())  # and never two at once
    this.execute()
    if this.state == "stopped":
        raise KeyboardInterrupt
    words = traceback.format_exception_only(this.error) if this.error else ""
    return this.result or {}, "".join(words).strip()


def execute_all(
    run: Callable, cases: dict[int, tuple[dict, int]], n_jobs: int
) -> Iterator[tuple[int, dict, str]]:
    """Execute `run` for all cases, by joblib; yield as each one ends.

    A worker that dies breaks the pool: what was running then begins again,
    one at a time, and has failed only if its worker dies again.

    Parameters
    ----------
    run : callable, which can be pickled if it is to run elsewhere
    cases : dict of int -> (settings, seed)
    n_jobs : int, as joblib takes it

    Yields
    ------
    (number, results, error), as `execute` returns them
    """
    left, suspects = dict(cases), []
    while left:
        batch = [suspects.pop()] if suspects else list(left)
        begun = []

        def tasks(batch=batch, begun=begun):
            for k in batch:
                begun.append(k)
                yield delayed(_numbered)(k, run, *cases[k])

        # Never 1 in place of more: what may die must not do so in here.
        most = min(effective_n_jobs(n_jobs), max(2, len(batch)))
        # max_nbytes: a large array would arrive as a numpy.memmap.
        parallel = Parallel(
            most, batch_size=1, max_nbytes=None,
            return_as="generator_unordered",
        )  # fmt: skip
        try:
            mend_dask(parallel)
            with deaf_to_ctrl_c():
                ended = parallel(tasks())  # this starts the processes
            with _closing_quietly(ended):
                for k, results, error in ended:
                    del left[k]
                    yield k, results, error
        except Exception as error:
            if not _worker_died(error):
                raise
            if len(batch) == 1:
                del left[batch[0]]
                died = "its process died, out of memory perhaps"
                yield batch[0], {}, f"{type(error).__name__}: {died}"
            else:
                suspects = [k for k in begun if k in left]


def _worker_died(error):
    # The second is Dask's, which may not be installed.
    dask = type(error).__name__ == "KilledWorker"
    return dask or isinstance(error, BrokenExecutor)


def _numbered(k, *job):
    return k, *execute(*job)


@contextlib.contextmanager
def _closing_quietly(ended):
    try:
        yield
    finally:
        with warnings.catch_warnings():  # of what is given up: it is meant
            warnings.simplefilter("ignore")
            ended.close()
