"""What Ctrl-C, other processes and Dask need when joblib is at work."""

import contextlib
import multiprocessing
import signal
import threading
from collections.abc import Iterator
from multiprocessing import resource_tracker

from joblib import Parallel, effective_n_jobs
from joblib.externals.loky.backend import resource_tracker as lokys
from joblib.parallel import get_active_backend

__all__ = [
    "ctrl_c_afterwards", "deaf_to_ctrl_c", "in_other_processes", "mend_dask",
    "usual_subprocesses",
]  # fmt: skip


_DAEMONIC = (
    "run cannot start processes here, because its own is daemonic: take"
    " DataLoader(num_workers=0) and no multiprocessing, or, on Dask, set"
    " distributed.worker.daemon to False before the cluster starts"
)


@contextlib.contextmanager
def ctrl_c_afterwards() -> Iterator[None]:
    """Let a Ctrl-C wait for the end: joblib's `Memory` would swallow it."""
    before = signal.getsignal(signal.SIGINT)
    here = threading.current_thread() is threading.main_thread()
    if not here or not callable(before):  # others do not hear it anyway
        yield
        return
    heard = []
    signal.signal(signal.SIGINT, lambda *what: heard.append(what))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
        if heard:
            before(*heard[0])


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


@contextlib.contextmanager
def usual_subprocesses() -> Iterator[None]:
    """Let a run start processes as it would in a notebook's cell.

    joblib's processes have loky's way of starting others as the default. It
    lacks what a plain `multiprocessing.Process` needs, as each worker of a
    DataLoader is one. Dask's workers are daemonic, and may start none.
    """
    method = multiprocessing.get_start_method(allow_none=True)
    usual = multiprocessing.get_all_start_methods()[0]
    strange = method is not None and method.startswith("loky")
    if strange:
        multiprocessing.set_start_method(usual, force=True)
    try:
        yield
    except AssertionError as error:
        if "daemonic processes are not allowed" not in str(error):
            raise
        raise RuntimeError(_DAEMONIC) from error
    finally:
        if strange:
            multiprocessing.set_start_method(method, force=True)


def _is_dask(backend):
    return type(backend).__name__ == "DaskDistributedBackend"


def in_other_processes(n_jobs: int) -> bool:
    """Tell whether joblib would send runs away, here or on a cluster."""
    backend, _ = get_active_backend()
    if _is_dask(backend):
        return True
    threads = getattr(backend, "uses_threads", False)
    return effective_n_jobs(n_jobs) > 1 and not threads


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

    def never_one(n_jobs):
        found = count(n_jobs)
        return 2 if found == 1 else found

    setattr(backend, name, send_and_tell)
    backend.effective_n_jobs = never_one
