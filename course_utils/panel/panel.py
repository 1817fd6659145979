"""The slider panel: controls above, pictures below, runs in between."""

import threading
import time
import uuid
from collections.abc import Callable

import ipywidgets as widgets
import torch
from IPython.display import display

from .. import frontend
from ..language import say
from ..plotting.figures import image_tag
from ..runs.learners_code import fingerprint
from ..runs.newest_wins import Worker
from ..runs.run import Run
from ..runs.starting_state import StartingState
from ..training.seeds import own_randomness
from .controls import (
    button,
    check_signature,
    choice_names,
    family,
    set_values,
    widget_view,
)
from .screen import Screen

worker = Worker()  # one thread for all panels of the process
# Differs from seeds that draw data: the same random numbers would come again.
FIRST_SEED = 4117


class Panel(widgets.VBox):
    """Sliders that retrain the learner's function; made by `retrain`.

    It is a widget: it may be put into a `Tab` or a `VBox`.

    Attributes
    ----------
    controls : dict of str -> widget
        The slider of each argument.
    seed : int
        What every run is seeded with.
    newest : Run
        The run that was asked for last.
    """

    def __init__(self, train: Callable, controls: dict, *, live: bool):
        super().__init__()
        self.add_class("cu-panel")
        self.train, self.controls, self._live = train, controls, live
        self.newest, self.seed = None, FIRST_SEED
        self._initial = {k: c.value for k, c in controls.items()}
        self._setting = None  # the thread that moves several sliders
        self._requesting = threading.Lock()
        self._start = StartingState()
        self._gradients = torch.is_grad_enabled()
        self._code = fingerprint(train)
        self.screen = Screen(getattr(train, "__name__", "train"))
        buttons = [
            button("Stop", "End the training that runs", self.stop),
            button("Clear", "Forget the earlier curves", self.clear),
            button("Reset", "Move the sliders back", self.reset),
            button("New seed", "Draw other random numbers", self.new_seed),
        ]
        row = widgets.HBox(buttons, layout={"flex_flow": "row wrap"})
        shown = [c for c in controls.values() if isinstance(c, widgets.Widget)]
        self.children = [*shown, row, *self.screen.children]
        for control in controls.values():
            control.observe(self._moved, "value")
        self.displayed = self.closed = False
        self._saved_as = uuid.uuid4().hex
        self.screen.settle = self._renew_saved

    @property
    def history(self) -> list:
        """The finished runs, oldest first; the older keep small results."""
        return self.screen.history

    def run(self, **values):
        """Train with `values` in this thread; return what `train` returned.

        Another panel's training ends first.

        Parameters
        ----------
        **values : object
            To which the sliders move.

        Raises
        ------
        TypeError, ValueError
            If a slider is not there, or does not take its value.
        RuntimeError
            If the run was stopped.
        Exception
            What `train` raises.
        """
        self._set(values)
        with self._requesting:
            run = self._supersede()
        run.execute()
        self._renew_saved()
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
            run = self._supersede()
            if self._live:
                worker.submit(run)
        if not self._live:
            run.execute()
            self._renew_saved()
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
        if getattr(self, "closed", True):  # Python calls it once more
            return
        self.closed = True
        self.stop()
        for control in self.controls.values():
            control.unobserve(self._moved, "value")
        for widget in family(self):
            if widget is self:
                super().close()
            elif widget not in but:
                widget.close()
        self.screen.release()

    def __repr__(self):
        name = getattr(self.train, "__name__", "train")
        values = [f"{k}={c.value!r}" for k, c in self.controls.items()]
        return f"Panel of {name}({', '.join(values)})"

    def _moved(self, _change):
        if self._setting != threading.get_ident():
            self.request()

    def _set(self, values):
        self._setting = threading.get_ident()  # one run for all together
        try:
            set_values(self.controls, values)
        finally:
            self._setting = None

    def _supersede(self):
        """Return a new run, and end the one before."""
        before, self.newest = self.newest, self._new_run()
        worker.stop(self.screen, superseded=True)
        if before is not None:
            before.drop(superseded=True)
        return self.newest

    def _new_run(self):
        self._take_newest_code()
        settings = {name: c.value for name, c in self.controls.items()}
        words = settings | choice_names(self.controls)
        train, seed = self.train, self.seed

        def call():
            check_signature(train, settings)  # it may have other arguments now
            with (
                own_randomness(seed),
                torch.set_grad_enabled(self._gradients),
                self._start.restored(train),
                run.interruptible(),
            ):
                return train(**settings)

        run = Run(call, settings, seed, self.screen, words)
        return run

    def _take_newest_code(self):
        """Take the function of that name that the notebook has now.

        Curves that other code has drawn are no longer shown.
        """
        known = getattr(self.train, "__globals__", {})
        name = getattr(self.train, "__name__", "")
        now = known.get(name)
        plain = getattr(self.train, "__qualname__", "") == name
        if plain and now is not self.train and type(now) is type(self.train):
            self.train = now
        code, before = fingerprint(self.train), self._code
        self._code = code
        self.screen.note = ""
        if code != before and self.screen.kept:
            self.screen.forget(
                None,
                say("{name} has changed: earlier curves are gone", name=name),
            )

    # Below: how Jupyter shows it. A person's front end gets the widget and,
    # as an output of its own, the picture that the saved notebook keeps;
    # another program (nbval, nbconvert) the picture alone.

    def _ipython_display_(self, **_):
        if not frontend.has_person():
            raise NotImplementedError  # IPython takes _repr_mimebundle_
        self.displayed = True
        data = {"text/plain": "sliders"} | widget_view(self)
        display(data, raw=True)
        self._show_saved(update=False)

    def _repr_mimebundle_(self, **_):
        self.displayed = True
        return self.screen.saved()

    def _show_saved(self, *, update):
        """Show, or renew, the picture that stays when the notebook is saved.

        The living panel hides it (see panel.css).
        """
        data, metadata = self.screen.saved()
        picture = image_tag(data, metadata) if metadata else ""
        text = (
            f'<div class="cu-saved">{picture}<p>'
            f"{say('Run the cell for the sliders.')}</p></div>"
        )
        display(
            {"text/html": text, "text/plain": data["text/plain"]},
            raw=True, display_id=self._saved_as, update=update,
        )  # fmt: skip

    def _renew_saved(self):
        if self.displayed and not self.closed and frontend.has_person():
            self._show_saved(update=True)
