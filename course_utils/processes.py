"""What other processes need when joblib runs something in them."""

import contextlib
import signal
from collections.abc import Iterator
from multiprocessing import resource_tracker

from joblib import Parallel
from joblib.externals.loky.backend import resource_tracker as lokys

__all__ = ["deaf_to_ctrl_c", "tell_of_failures"]


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


def tell_of_failures(parallel: Parallel) -> None:
    """Let joblib hear of a Dask task that failed outside its function.

    Without, it waits for ever: for a worker without the course, which cannot
    unpack the task, or for a task that kills each worker it is given.
    """
    backend = parallel._backend
    name = "submit" if hasattr(backend, "submit") else "apply_async"  # < 1.6
    # One backend serves all calls below one `parallel_config`.
    told = name in vars(backend)
    if told or type(backend).__name__ != "DaskDistributedBackend":
        return
    send = getattr(backend, name)

    def send_and_tell(func, callback=None):
        def tell(future):
            if future.exception() is not None:
                callback(future.exception())

        future = send(func, callback)
        future.add_done_callback(tell)
        return future

    setattr(backend, name, send_and_tell)
