"""What other processes need when joblib runs something in them."""

import contextlib
import signal
from collections.abc import Iterator
from multiprocessing import resource_tracker

from joblib import Parallel, effective_n_jobs
from joblib.externals.loky.backend import resource_tracker as lokys
from joblib.parallel import get_active_backend

__all__ = ["deaf_to_ctrl_c", "in_other_processes", "mend_dask"]


@contextlib.contextmanager
def deaf_to_ctrl_c() -> Iterator[None]:
    """Let processes that start meanwhile leave each Ctrl-C to this one.

    A terminal, and Jupyter's stop button, send it to all of them.
    """
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    for tracker in (resource_tracker, lokys):
        tracker.ensure_running()  # its start would let Ctrl-C through again
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _is_dask(backend):
    return type(backend).__name__ == "DaskDistributedBackend"


def in_other_processes(n_jobs: int) -> bool:
    """Tell whether joblib would take runs elsewhere, here or on a cluster."""
    backend, _ = get_active_backend()
    return _is_dask(backend) or effective_n_jobs(n_jobs) > 1


def mend_dask(parallel: Parallel) -> None:
    """Mend two habits of joblib with Dask.

    It does not hear of a task that failed outside its function, and waits for
    ever: for a worker without the course, which cannot unpack the task, or
    for a task that kills each worker it is given. And when there is one
    worker left, with one thread, it takes all tasks into this process, which
    the next one may then kill.
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

    setattr(backend, name, send_and_tell)
    backend.effective_n_jobs = lambda n_jobs: max(2, count(n_jobs))
