"""One call of a learner's function, which may be stopped on its way.

Its checkpoints are each batch of the course's iterators and each
`Animator.add`.
"""

import contextlib
import contextvars
import threading
import time
from typing import Protocol

import torch

from .. import frontend
from . import interrupts
from .errors import DivergedError, Stopped
from .interrupts import Interruptible
from .printing import Printed, kept_apart
from .pyplot import pyplot_figures

# Torch, NumPy and Python each have one default random generator for the whole
# process: two runs at once would draw each other's numbers.
_training_lock = threading.Lock()
_executing = None  # the run that has the lock
_this_thread = threading.local()


class View(Protocol):
    """What shows a run: a panel's screen.

    Outside a run an `Animator` has a view, too, of which it only calls
    `update`: a cell's output, or a terminal (`plotting/views.py`).
    """

    def changed(self, run: "Run") -> None:
        """Show that `run` has begun, has ended, or waits."""

    def tick(self, run: "Run") -> None:
        """Show how long `run` has lasted, or what it waits for."""

    def settle(self) -> None:
        """Do what can wait until no run has ended for a while."""

    def update(self, animator) -> None:
        """Show the newest points of an `Animator`."""

    def show_figure(self, figure, alt: str) -> None:
        """Show a matplotlib figure; `alt` says it in words."""


def current_run():
    """Return the `Run` that this thread is executing, or None."""
    return getattr(_this_thread, "run", None)


def checkpoint() -> None:
    """Give a superseded run the chance to stop; elsewhere do nothing.

    Raises
    ------
    Stopped
        If a newer request, Stop or ■ has ended the run that calls this.
    """
    run = current_run()
    if run is not None:
        run.check()


def check_place(view) -> None:
    """Raise `RuntimeError` if a run of this thread draws on another view."""
    run = current_run()
    if run is not None and run.view is not view:
        raise RuntimeError(
            "make the Animator inside the function that trains: each run has"
            " curves of its own"
        )


class Run(Interruptible):
    """One call of the learner's function, and what came of it.

    Parameters
    ----------
    call : callable
        Takes no arguments; seeds, and calls the learner's function within
        `interruptible`.
    settings, words : dict
        The sliders' values by name, and how they are told.
    seed : int
        What `call` seeds with.
    view : View
        Is called by the thread that trains.

    Attributes
    ----------
    state : str
        "waiting", "running", "done", "stopped", "failed" or "diverged".
    result, error : object, BaseException or None
        What the function returned, or what ended the run.
    seconds : float
        Training time so far.
    animators, figures : list
        The `Animator` objects, and pyplot's figures, that the run has made.
    printed : Printed
        What it has printed, where a panel shows that.
    """

    def __init__(self, call, settings, seed, view, words=None):
        super().__init__()
        self.call, self.view = call, view
        self.settings, self.seed = settings, seed
        self.words = words or settings
        self.state, self.result, self.error = "waiting", None, None
        self.paused = False  # told to stop for another panel's run
        self.superseded = False  # told to stop for a newer run of this view
        self.asked_at = time.monotonic()
        self.waits_for = None  # another run
        self.animators, self.figures = [], []
        self.seconds, self.printed = 0.0, Printed()
        self.finished = threading.Event()
        # ipykernel keeps in here which request a widget's message answers.
        self.context = contextvars.copy_context()
        self.threads = torch.get_num_threads()
        self.device = torch.get_default_device()

    def __repr__(self):
        values = ", ".join(f"{k}={v!r}" for k, v in self.settings.items())
        return f"Run({values}: {self.state}, {self.seconds:.2f} s)"

    @property
    def key(self):
        """What tells this run's curves from those of another."""
        return repr(self.words), self.seed

    def clock(self) -> float:
        """Return the seconds since it began."""
        return time.perf_counter() - self._started

    def execute(self):
        """Train in this thread, when no other thread does."""
        global _executing
        if current_run() is not None:  # it would wait for itself
            self.drop()
            raise RuntimeError("a function under sliders cannot run a panel")
        try:
            if not _training_lock.acquire(timeout=interrupts.GRACE):
                self.waits_for = _executing
                self.view.changed(self)
                _training_lock.acquire()
            try:
                self.waits_for, _executing = None, self
                self._train()
            finally:
                _executing = None
                _training_lock.release()
        finally:  # also if it was interrupted before or after training
            _this_thread.run = None
            if self.state in ("waiting", "running"):
                self.state = "stopped"
            if not self.was_put_off():
                self.finished.set()

    def _train(self):
        self._started = time.perf_counter()
        try:
            _this_thread.run, self.state, self.animators = self, "running", []
            self.printed = Printed()
            checkpoint()
            self.view.changed(self)
            with pyplot_figures() as self.figures, self._apart():
                result = self.call()
            if self.cut_short:  # a bare except has swallowed it
                raise Stopped
            self.result, self.state = result, "done"
        except BaseException as error:
            stopped = self.cut_short or isinstance(error, Stopped)
            if stopped or isinstance(error, KeyboardInterrupt):
                self.state = "stopped"
            else:
                diverged = isinstance(error, DivergedError)
                self.state = "diverged" if diverged else "failed"
            if not stopped:
                self.error = error
        finally:
            # Before the clock is read: Ctrl-C may come in there.
            _this_thread.run = None
            self.seconds = self.clock()
        if not (self.superseded and self.state == "stopped"):
            self._tell()

    def _apart(self):
        """Keep what is printed for the panel, if there is a person."""
        if not frontend.has_person():
            return contextlib.nullcontext()
        return kept_apart(self.printed, frontend.kernel())

    def _tell(self):
        for _ in range(2):  # again, if the picture cannot be drawn, to say so
            try:
                return self.view.changed(self)
            except Exception as error:
                self.state, self.error = "failed", error

    def was_put_off(self) -> bool:
        """Tell whether it begins again after another panel's run."""
        return self.paused and self.state == "stopped"

    def drop(self, *, superseded: bool = False) -> None:
        """Stop at the next checkpoint, or never start.

        A run that is `superseded` does not tell its view: a newer run does.
        """
        self.superseded = superseded
        self.stop()
        if self.state == "waiting":
            self.state = "stopped"
            if not superseded:
                self._tell()
            self.finished.set()
