"""One call of a learner's function, which may be stopped on its way.

A run that has been superseded stops at its next checkpoint: each batch of
the course's iterators and each `Animator.add`.
"""

import contextvars
import threading
import time

from .errors import DivergedError, Stopped
from .figures import pyplot_figures

__all__ = ["Run", "check_place", "checkpoint", "current_run"]

# Torch, NumPy and Python each have one default random generator for the whole
# process: two runs at once would draw each other's numbers.
_training_lock = threading.Lock()
_thread = threading.local()


def current_run():
    """Return the `Run` that this thread is executing, or None."""
    return getattr(_thread, "run", None)


def checkpoint() -> None:
    """Give a superseded run the chance to stop; elsewhere do nothing.

    Raises
    ------
    Stopped
        If a newer request, Stop or ■ has ended the run that calls this.
    """
    run = current_run()
    if run is not None and run.stopping:
        run.cut_short = True
        raise Stopped


def check_place(view) -> None:
    """Raise `RuntimeError` if a run of this thread draws on another view."""
    run = current_run()
    if run is not None and run.view is not view:
        raise RuntimeError(
            "make the Animator inside the function that trains: each run has"
            " curves of its own"
        )


class Run:
    """One call of the learner's function, and what came of it.

    Parameters
    ----------
    call : callable without arguments, seeds and trains
    settings, words : dict, the sliders' values, and how they are told
    seed : int, what `call` seeds with
    view : object with ``changed(run)``, ``update(animator)`` and
        ``show_figure(figure, alt)``, called by the thread that trains

    Attributes
    ----------
    state : "waiting", "running", "done", "stopped", "failed" or "diverged"
    result : what the function returned
    error : the exception that ended the run, or None
    seconds : float, training time so far in seconds
    animators, figures : list of the `Animator` objects, and of the pyplot
        figures, that the run has made
    """

    def __init__(self, call, settings, seed, view, words=None):
        self.call, self.view = call, view
        self.settings, self.seed = settings, seed
        self.words = words or settings
        self.state, self.result, self.error = "waiting", None, None
        self.stopping = self.paused = self.cut_short = False
        self.animators, self.figures, self.seconds = [], [], 0.0
        self.finished = threading.Event()
        # ipykernel keeps in here which request a widget's message answers.
        self.context = contextvars.copy_context()

    def __repr__(self):
        values = ", ".join(f"{k}={v!r}" for k, v in self.settings.items())
        return f"Run({values}: {self.state}, {self.seconds:.2f} s)"

    @property
    def key(self):
        """What tells this run's curves from those of another."""
        return repr(self.words), self.seed

    def execute(self):
        """Train in this thread, when no other thread does."""
        if current_run() is not None:  # it would wait for itself
            self.drop()
            raise RuntimeError("a function under sliders cannot run a panel")
        try:
            with _training_lock:
                self._train()
        finally:  # also if it was interrupted before or after training
            _thread.run = None
            if self.state in ("waiting", "running"):
                self.state = "stopped"
            if not self.waits_for_another():
                self.finished.set()

    def _train(self):
        started = time.perf_counter()
        self.clock = lambda: time.perf_counter() - started
        try:
            _thread.run, self.state, self.animators = self, "running", []
            checkpoint()
            self.view.changed(self)
            with pyplot_figures() as self.figures:
                result = self.call()
            if self.cut_short:  # a bare except has swallowed it
                raise Stopped
            self.result, self.state = result, "done"
        except BaseException as error:
            if self.cut_short or isinstance(error, KeyboardInterrupt):
                self.state = "stopped"
            else:
                diverged = isinstance(error, DivergedError)
                self.state = "diverged" if diverged else "failed"
            if not self.cut_short:
                self.error = error
        finally:
            _thread.run = None  # before the clock: Ctrl-C may come in there
            self.seconds = self.clock()
        self._tell()

    def _tell(self):
        for _ in range(2):  # again, if the picture cannot be drawn, to say so
            try:
                return self.view.changed(self)
            except Exception as error:
                self.state, self.error = "failed", error

    def waits_for_another(self):
        """Tell whether it was put off for another panel's run."""
        return self.paused and self.state == "stopped"

    def drop(self):
        """Stop at the next checkpoint, or never start."""
        self.stopping = True
        if self.state == "waiting":
            self.state = "stopped"
            if self.seconds:  # it had begun; the status says that it waits
                self._tell()
            self.finished.set()
