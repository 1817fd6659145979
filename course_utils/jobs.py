"""Runs of a learner's function, in this process or in others."""

import contextlib
import copy
import threading
import traceback
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor

import torch
from joblib import Parallel, delayed, effective_n_jobs
from threadpoolctl import threadpool_limits

from .grids import numbers_of
from .modes import own_randomness
from .processes import (
    deaf_to_ctrl_c,
    in_other_processes,
    mend_dask,
    usual_subprocesses,
)
from .run import Run

__all__ = ["execute", "execute_all"]


SOON = 0.5  # seconds that a run waits before that is told


class _Unseen:
    """The view of a run without a picture: an Animator draws nothing."""

    def __init__(self, waits):
        self._waits = waits

    def changed(self, run):
        self._waits(False)

    def update(self, animator):
        pass

    def show_figure(self, figure, alt):
        pass


def execute(
    run: Callable,
    settings: dict,
    seed: int,
    waits: Callable[[bool], None] = lambda waiting: None,
) -> tuple[dict, str]:
    """Call ``run(**settings, seed=seed)``, seeded, and on one thread.

    Processes are what runs in parallel. And how a sum is divided between
    threads changes its last bits, in torch and in NumPy: with one thread
    always, a run gives the same whatever runs beside it.

    Parameters
    ----------
    run : callable
    settings : dict of str -> object
    seed : int
    waits : callable
        Called with True while another training of this process, a panel's,
        has to end first, and with False when the run begins.

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
            with (
                threadpool_limits(1),
                own_randomness(seed),
                usual_subprocesses(),
            ):
                torch.set_num_threads(1)
                mine = copy.deepcopy(settings)  # as in another process
                return numbers_of(run(**mine, seed=seed), settings)
        finally:
            torch.set_num_threads(threads)

    this = Run(call, settings, seed, _Unseen(waits))  # and never two at once
    with _telling(this, waits):
        this.execute()
    if this.state == "stopped":
        raise KeyboardInterrupt
    words = traceback.format_exception_only(this.error) if this.error else ""
    return this.result or {}, "".join(words).strip()


@contextlib.contextmanager
def _telling(run, waits):
    def look():
        if run.state == "waiting":
            waits(True)

    timer = threading.Timer(SOON, look)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def execute_all(
    run: Callable,
    cases: dict[int, tuple[dict, int]],
    n_jobs: int,
    waits: Callable[[bool], None] = lambda waiting: None,
) -> Iterator[tuple[int, dict, str]]:
    """Execute `run` for all cases, by joblib; yield as each one ends.

    A worker that dies breaks the pool: what was running then begins again,
    one at a time, and has failed only if its worker dies again.

    Parameters
    ----------
    run : callable, which can be pickled if it is to run elsewhere
    cases : dict of int -> (settings, seed)
    n_jobs : int, as joblib takes it
    waits : callable
        As in `execute`, where the runs go one by one in this thread.

    Yields
    ------
    (number, results, error), as `execute` returns them
    """
    left, suspects = dict(cases), []
    while left:
        batch = [suspects.pop()] if suspects else list(left)
        begun = []
        here = effective_n_jobs(n_jobs) == 1 and not in_other_processes(n_jobs)
        more = [waits] if here else []

        def tasks(batch=batch, begun=begun, more=more):
            for k in batch:
                begun.append(k)
                yield delayed(_numbered)(k, run, *cases[k], *more)

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
