"""The newest run wins: one background thread trains for all panels."""

import contextlib
import sys
import threading
import time

import torch

from . import interrupts
from .run import Run

# Python lets a busy thread run on for 5 ms before another one gets its turn;
# the thread that answers sliders and cells needs dozens of turns an answer.
TURN = 0.5e-3
TICK = 0.1  # seconds between two looks of the supervisor
SETTLED = 0.8  # seconds without a run, after which views may tidy up


@contextlib.contextmanager
def _short_turns():
    before = sys.getswitchinterval()
    sys.setswitchinterval(min(before, TURN))
    try:
        yield
    finally:
        sys.setswitchinterval(before)


@contextlib.contextmanager
def _settings_of(run):
    """Use the cell's number of threads and its default device."""
    if torch.get_num_threads() != run.threads:
        torch.set_num_threads(run.threads)
    if run.device == torch.get_default_device():
        yield
    else:
        with run.device:
            yield


class Worker:
    """A daemon thread with one place in its queue for each panel.

    A second thread, the supervisor, is awake while a run lasts: it lets the
    clock tick, says what waits, and ends runs that reach no checkpoint.
    """

    def __init__(self):
        self._wake = threading.Condition()
        self._waiting = {}  # view -> its newest run; the last one goes first
        self._running = None
        self._unsettled = {}  # view -> the context of its last run
        self._loop = self._supervisor = None

    def submit(self, run: Run) -> None:
        """Train `run` next, in place of all that its view asked before.

        A run of another view is put off and starts anew afterwards.
        """
        with self._wake:
            self._drop(run.view, superseded=True)
            other = self._running
            if other is not None and not other.stopping:
                other.paused = True
                other.stop()
            self._waiting[run.view] = run
            if self._loop is None or not self._loop.is_alive():
                self._loop = self._start(self._work, "worker")
                self._supervisor = self._start(self._supervise, "supervisor")
            self._wake.notify_all()

    @staticmethod
    def _start(target, name):
        thread = threading.Thread(
            target=target, name=f"course_utils {name}", daemon=True
        )
        thread.start()
        return thread

    def stop(self, view=None, *, superseded: bool = False) -> None:
        """Stop what runs and what waits, of one view or of all.

        `superseded` is as `Run.drop` takes it.
        """
        with self._wake:
            views = list(self._waiting) if view is None else [view]
            if view is None and self._running is not None:
                views.append(self._running.view)
            for each in views:
                self._drop(each, superseded)

    def _drop(self, view, superseded):
        waiting = self._waiting.pop(view, None)
        if waiting is not None:
            waiting.drop(superseded=superseded)
        if self._running is not None and self._running.view is view:
            self._running.paused = False
            self._running.drop(superseded=superseded)

    def _work(self):
        while True:
            self._train_next()

    def _train_next(self):
        """Wait for a run and execute it, or let views tidy up."""
        with self._wake:
            patience = SETTLED if self._unsettled else None
            if self._wake.wait_for(lambda: self._waiting, patience):
                run = self._running = self._waiting.popitem()[1]
                self._wake.notify_all()
            else:
                run = None
        if run is None:
            for view, context in self._unsettled.items():
                with contextlib.suppress(Exception):  # no front end
                    context.run(view.settle)
            self._unsettled.clear()
            return
        self._unsettled[run.view] = run.context
        with _short_turns(), _settings_of(run):
            run.context.run(run.execute)
        with self._wake:
            self._running = None
            if run.was_put_off():  # begins again after the other one
                run.go_on()
                run.paused, run.state = False, "waiting"
                self._waiting = {run.view: run, **self._waiting}
            else:  # Stop may have come after it was put off
                run.finished.set()

    def _supervise(self):
        while True:
            with self._wake:
                self._wake.wait_for(lambda: self._running)
            time.sleep(TICK)
            self._look()

    def _look(self):
        """Interrupt the run if it has to end; let views show the time."""
        with self._wake:
            run, waiting = self._running, list(self._waiting.values())
        if run is None:
            return
        run.interrupt()
        now = time.monotonic()
        shown = [
            each for each in waiting if now - each.asked_at > interrupts.GRACE
        ]
        for each in shown:
            each.waits_for = run
        if run.view not in [each.view for each in shown]:
            shown.append(run)
        for each in shown:
            with contextlib.suppress(Exception):  # a front end is gone
                each.view.tick(each)
