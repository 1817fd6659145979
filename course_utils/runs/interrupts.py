"""Interrupt a run: Stop, a newer request, or Jupyter's ■ between two cells.

A run that is to stop does so at its next checkpoint. A loop without any is
ended by an exception that is raised in its thread. (■ while a cell runs raises
KeyboardInterrupt in that cell, as in every notebook.)
"""

import contextlib
import ctypes
import math
import signal
import threading
import time

from .. import frontend
from .errors import Stopped

GRACE = 0.3  # seconds in which a run that is to stop may reach a checkpoint


def on_interrupt(action) -> None:
    """Call `action` when ■ is pressed while no cell runs.

    ipykernel ignores the signal then. What it puts in place after each cell
    is the handler that it keeps as ``saved_sigint_handler``.
    """
    running = frontend.kernel()
    if getattr(running, "saved_sigint_handler", None) is signal.SIG_IGN:
        running.saved_sigint_handler = lambda *_: action()


class Interruptible:
    """Code of a learner's that can be told to stop, and made to.

    Attributes
    ----------
    stopping, cut_short : bool
        Whether it was told to stop, and whether it was made to.
    """

    def __init__(self):
        self.go_on()
        self._guard = threading.Lock()
        self._thread_id = None  # of the one in the learner's code

    def go_on(self) -> None:
        """Take back what `stop` has said."""
        self.stopping = self.cut_short = False
        self.stopped_at = self._raised_at = -math.inf

    def stop(self) -> None:
        """Stop at the next checkpoint."""
        if not self.stopping:
            self.stopping, self.stopped_at = True, time.monotonic()

    def seconds_since_stop(self) -> float:
        """Return the seconds since it was told to stop."""
        return time.monotonic() - self.stopped_at

    def check(self) -> None:
        """Raise `Stopped` if it is to stop."""
        if self.stopping:
            self.cut_short = True
            raise Stopped

    @contextlib.contextmanager
    def interruptible(self):
        """Let `interrupt` raise `Stopped` in this thread's learner code."""
        try:
            self._thread_id = threading.get_ident()
            yield
        finally:
            # A `Stopped` that was raised just before may arrive here, once.
            try:
                self._leave()
            except Stopped:
                self._leave()

    def _leave(self):
        with self._guard:
            self._thread_id = None
        _let_arrive()

    @contextlib.contextmanager
    def shielded(self):
        """Keep `interrupt` out of what the package does for the learner."""
        with self._guard:
            thread, self._thread_id = self._thread_id, None
        try:
            _let_arrive()
            yield
        finally:
            with self._guard:
                self._thread_id = thread

    def interrupt(self) -> None:
        """Raise `Stopped` in the learner's code, if it is to stop and did not.

        What sits in one long call of a library ends when that returns.
        """
        now = time.monotonic()
        with self._guard:
            if (
                self._thread_id is not None
                and self.stopping
                and now - self.stopped_at > GRACE
                and now - self._raised_at > 2 * GRACE  # a bare except
            ):
                self.cut_short, self._raised_at = True, now
                _raise_in(self._thread_id, Stopped)


def _raise_in(thread, exception):
    """Raise `exception` in a thread."""
    raised = ctypes.py_object(exception)
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), raised)


def _let_arrive():
    """Let an exception that another thread has raised here arrive, if any.

    To take it back (``PyThreadState_SetAsyncExc`` with NULL) would leave the
    thread's flag for such exceptions set: Python 3.11 is slower from then on,
    and cProfile hangs.
    """
    for _ in range(2):  # Python looks at that flag after each turn of a loop
        pass
