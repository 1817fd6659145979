"""Execute runs one by one in this process, or many at a time in others."""

import contextlib
import copy
import multiprocessing
import signal
import traceback
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor
from multiprocessing import resource_tracker

import torch
from joblib import Parallel, delayed, effective_n_jobs
from joblib.externals.loky.backend import resource_tracker as lokys_tracker
from joblib.parallel import get_active_backend
from threadpoolctl import threadpool_limits

from ..runs.run import Run
from ..training.seeds import own_randomness
from .grid import take_numbers

_DAEMONIC = (
    "run cannot start processes here, because its own is daemonic: take"
    " DataLoader(num_workers=0) and no multiprocessing, or, on Dask, set"
    " distributed.worker.daemon to False before the cluster starts"
)
_Waits = Callable[[bool], None] | None


def execute_all(
    run: Callable,
    cases: dict[int, tuple[dict, int]],
    n_jobs: int,
    show_waiting: _Waits = None,
) -> Iterator[tuple[int, dict, str]]:
    """Execute `run` for all cases by joblib, and yield as each one ends.

    `cases` maps a number to settings and seed. What comes is that number, and
    what `execute` returns. When a worker process dies, joblib gives up all
    that runs: those runs begin again one at a time, and a run has failed if
    its worker dies again.
    """
    left, suspects = dict(cases), []
    in_turn = effective_n_jobs(n_jobs) == 1 and not runs_elsewhere(n_jobs)
    more = [show_waiting] if in_turn else []
    while left:
        batch = [suspects.pop()] if suspects else list(left)
        begun = []

        def tasks(batch=batch, begun=begun):
            for k in batch:
                begun.append(k)
                yield delayed(_execute_numbered)(k, run, *cases[k], *more)

        parallel = Parallel(
            # Never 1 in place of more: what kills its process must not be
            # executed in this one.
            min(effective_n_jobs(n_jobs), max(2, len(batch))),
            batch_size=1,
            max_nbytes=None,  # a large array would arrive as a numpy.memmap
            return_as="generator_unordered",
        )
        try:
            _mend_dask(parallel)
            with _ctrl_c_blocked():
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


def _execute_numbered(k, *arguments):
    return k, *execute(*arguments)


def _worker_died(error):
    # The second is Dask's, which may not be installed.
    dask = type(error).__name__ == "KilledWorker"
    return dask or isinstance(error, BrokenExecutor)


@contextlib.contextmanager
def _closing_quietly(ended):
    try:
        yield
    finally:
        with warnings.catch_warnings():  # joblib's, about what is given up
            warnings.simplefilter("ignore")
            ended.close()


def execute(
    run: Callable, settings: dict, seed: int, show_waiting: _Waits = None
) -> tuple[dict, str]:
    """Call ``run(**settings, seed=seed)``; return its results and its error.

    It is seeded, gets a copy of the settings, and has one thread: how a sum is
    divided between threads changes its last bits. `show_waiting` is called
    with True while a panel's training has to end first, and with False when
    the run begins. An interrupt raises `KeyboardInterrupt`.
    """

    def call():
        threads = torch.get_num_threads()
        try:
            with (
                threadpool_limits(1),
                own_randomness(seed),
                _processes_as_in_a_cell(),
            ):
                torch.set_num_threads(1)
                mine = copy.deepcopy(settings)  # as in another process
                return take_numbers(run(**mine, seed=seed), settings)
        finally:
            torch.set_num_threads(threads)

    this = Run(call, settings, seed, _NoView(show_waiting))
    this.execute()
    if this.state == "stopped":
        raise KeyboardInterrupt
    words = traceback.format_exception_only(this.error) if this.error else ""
    return this.result or {}, "".join(words).strip()


class _NoView:
    """The view of a run that is not shown: an Animator draws nothing."""

    def __init__(self, show_waiting):
        self._show_waiting = show_waiting

    def changed(self, run):
        if self._show_waiting:
            self._show_waiting(run.state == "waiting")

    def update(self, animator):
        pass

    def show_figure(self, figure, alt):
        pass


@contextlib.contextmanager
def _processes_as_in_a_cell():
    """Let a run start processes, a DataLoader's workers for example.

    joblib's processes start others by loky, which lacks what a plain
    `multiprocessing.Process` needs. Dask's are daemonic and start none.
    """
    method = multiprocessing.get_start_method(allow_none=True) or ""
    if method.startswith("loky"):
        usual = multiprocessing.get_all_start_methods()[0]
        multiprocessing.set_start_method(usual, force=True)
    try:
        yield
    except AssertionError as error:
        if "daemonic processes are not allowed" not in str(error):
            raise
        raise RuntimeError(_DAEMONIC) from error


@contextlib.contextmanager
def _ctrl_c_blocked():
    """Let processes that start meanwhile leave each Ctrl-C to this one.

    A terminal, and Jupyter's stop button, send it to all of them.
    """
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    for tracker in (resource_tracker, lokys_tracker):
        tracker.ensure_running()  # its start would unblock Ctrl-C again
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _is_dask(backend):
    return type(backend).__name__ == "DaskDistributedBackend"


def runs_elsewhere(n_jobs: int) -> bool:
    """Tell whether joblib would send runs to other processes or a cluster."""
    backend, _ = get_active_backend()
    if _is_dask(backend):
        return True
    threads = getattr(backend, "uses_threads", False)
    return effective_n_jobs(n_jobs) > 1 and not threads


def _mend_dask(parallel):
    """Work around two faults of joblib's Dask backend (1.4 to 1.6).

    It calls the callback of a task only if there is a result, but the
    generator of `Parallel` waits for the callback. So it waits for ever for a
    task that failed outside its function: on a worker without the course, or
    after it has killed each worker it was given.

    And with one place left in the cluster `Parallel` executes everything in
    this process: a run that kills its process would kill the learner's kernel.
    """
    backend = parallel._backend
    name = "submit" if hasattr(backend, "submit") else "apply_async"  # < 1.6
    # One backend serves all calls below one `parallel_config`.
    mended = name in vars(backend)
    if mended or not _is_dask(backend):
        return
    send, count = getattr(backend, name), backend.effective_n_jobs

    def send_and_tell(func, callback=None):
        def tell(future):
            if future.exception() is not None:
                callback(future.exception())

        future = send(func, callback)
        future.add_done_callback(tell)
        return future

    def count_two_at_least(n_jobs):
        found = count(n_jobs)
        return 2 if found == 1 else found

    setattr(backend, name, send_and_tell)
    backend.effective_n_jobs = count_two_at_least
