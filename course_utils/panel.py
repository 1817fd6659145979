"""The slider panel: controls above, pictures below, runs in between."""

import functools
import threading
import time
from collections.abc import Callable

import ipywidgets as widgets

from . import frontend
from .controls import button, choice_names, family, set_values, widget_view
from .pictures import all_in_one
from .run import Run
from .screen import Screen
from .training.modes import own_randomness
from .worker import Worker

__all__ = ["Panel"]

worker = Worker()  # one thread for all panels of the process
FIRST_SEED = 4117  # no seed of anybody's data: those numbers would come again


class Panel:
    """Sliders that retrain the learner's function; made by `retrain`.

    Attributes
    ----------
    controls : dict, argument name -> widget
    seed : int, what every run is seeded with
    newest : the run that was asked for last
    """

    def __init__(self, train: Callable, controls: dict, *, live: bool):
        self.train, self.controls, self._live = train, controls, live
        self.newest, self.seed = None, FIRST_SEED
        self._initial = {k: c.value for k, c in controls.items()}
        self._quiet, self._requesting = False, threading.Lock()
        self.screen = Screen()
        buttons = [
            button("Stop", "End the training that runs", self.stop),
            button("Clear", "Forget the earlier curves", self.clear),
            button("Reset", "Move the sliders back", self.reset),
            button("New seed", "Draw other random numbers", self.new_seed),
        ]
        row = widgets.HBox(buttons, layout={"flex_flow": "row wrap"})
        self.box = widgets.VBox([*controls.values(), row, self.screen.box])
        for control in controls.values():
            control.observe(self._moved, "value")

    @property
    def history(self) -> list:
        """The finished runs, oldest first; the older keep small results."""
        return self.screen.history

    def run(self, **values):
        """Train with `values` in this thread; return what `train` returned.

        The sliders move to `values`, or `TypeError` or `ValueError` is raised;
        so is what `train` raises. Another panel's training ends first.
        """
        self._set(values)
        with self._requesting:
            self.stop()
            run = self._new_run()
        run.execute()
        if run.error is not None:
            raise run.error
        if run.state == "stopped":
            raise RuntimeError("the run was stopped: it has no result")
        return run.result

    def wait(self, timeout: float | None = None) -> Run:
        """Return the newest run when it has ended, or raise TimeoutError."""
        end = None if timeout is None else time.monotonic() + timeout
        while True:
            run = self.newest
            left = None if end is None else max(0, end - time.monotonic())
            if not run.finished.wait(left):
                raise TimeoutError(f"{run!r} has not ended in {timeout} s")
            if run is self.newest:
                return run

    def request(self) -> Run:
        """Ask for a run with the sliders' values, in place of any other."""
        with self._requesting:  # callbacks may come from two threads
            self.stop()
            run = self._new_run()
            if self._live:
                worker.submit(run)
        if not self._live:
            run.execute()
        return run

    def stop(self) -> None:
        """End the run that lasts, at its next checkpoint."""
        worker.stop(self.screen)
        if self.newest is not None:
            self.newest.drop()

    def clear(self) -> None:
        """Forget the earlier runs."""
        self.screen.forget(self.newest)

    def reset(self) -> None:
        """Move the sliders to where they were at first, and train."""
        self._set(self._initial)
        self.request()

    def new_seed(self) -> None:
        """Train with the next seed; all later runs use it too."""
        self.seed += 1
        self.request()

    def close(self, *, but=()) -> None:
        """Stop training and remove every widget, except those in `but`."""
        self.stop()
        for control in self.controls.values():
            control.unobserve(self._moved, "value")
        for widget in family(self.box):
            if widget not in but:
                widget.close()
        self.screen.release()

    def _repr_mimebundle_(self, **_):
        data, metadata = all_in_one(self.screen.pictures)
        if frontend.has_person():
            data |= widget_view(self.box)
        return data, metadata

    def _moved(self, _change):
        if not self._quiet:
            self.request()

    def _set(self, values):
        self._quiet = True  # one run for all sliders together
        try:
            set_values(self.controls, values)
        finally:
            self._quiet = False

    def _new_run(self):
        settings = {name: c.value for name, c in self.controls.items()}
        words = settings | choice_names(self.controls)
        train = functools.partial(self.train, **settings)
        call = own_randomness(self.seed)(train)
        self.newest = Run(call, settings, self.seed, self.screen, words)
        return self.newest
