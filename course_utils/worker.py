"""The background thread that trains for all panels: the newest wins."""

import contextlib
import sys
import threading

import torch

from .run import Run

__all__ = ["Worker"]

# Python lets a busy thread run on for 5 ms each time another one wants its
# turn; the thread that answers sliders and cells wants dozens for an answer.
TURN = 0.5e-3


@contextlib.contextmanager
def _short_turns():
    before = sys.getswitchinterval()
    sys.setswitchinterval(min(before, TURN))
    try:
        yield
    finally:
        sys.setswitchinterval(before)


def _use_as_many_threads_as_set():
    """Do what `torch.set_num_threads` said last.

    A thread keeps the number that it had when it first computed something;
    only a new thread takes the newest one.
    """
    new = threading.Thread(target=lambda: told.append(torch.get_num_threads()))
    told = []
    new.start()
    new.join()
    if told != [torch.get_num_threads()]:
        torch.set_num_threads(*told)


class Worker:
    """A daemon thread with one place in its queue for each panel."""

    def __init__(self):
        self._wake = threading.Condition()
        self._waiting = {}  # view -> its newest run; the last one goes first
        self._running = None
        self._loop = None

    def submit(self, run: Run) -> None:
        """Train `run` next, in place of all that its view asked before.

        A run of another view is put off and starts anew afterwards.
        """
        with self._wake:
            self._discard(run.view)
            other = self._running
            if other is not None and not other.stopping:
                other.paused = other.stopping = True
            self._waiting[run.view] = run
            if self._loop is None or not self._loop.is_alive():
                self._loop = threading.Thread(
                    target=self._work, name="course_utils worker", daemon=True
                )
                self._loop.start()
            self._wake.notify()

    def stop(self, view=None) -> None:
        """Stop what runs and what waits, of one view or of all."""
        with self._wake:
            views = list(self._waiting) if view is None else [view]
            for each in views:
                self._discard(each)
            if view is None and self._running is not None:
                self._discard(self._running.view)

    def _discard(self, view):
        waiting = self._waiting.pop(view, None)
        if waiting is not None:
            waiting.drop()
        if self._running is not None and self._running.view is view:
            self._running.paused = False
            self._running.drop()

    def _work(self):
        while True:
            with self._wake:
                self._wake.wait_for(lambda: self._waiting)
                self._running = self._waiting.popitem()[1]
            _use_as_many_threads_as_set()
            with _short_turns():
                self._running.context.run(self._running.execute)
            with self._wake:
                run, self._running = self._running, None
                if run.waits_for_another():  # begins again after it
                    run.paused = run.stopping = run.cut_short = False
                    run.state = "waiting"
                    self._waiting = {run.view: run, **self._waiting}
                else:  # Stop may have come after it was put off
                    run.finished.set()
            del run  # let go of the learner's tensors while we wait
