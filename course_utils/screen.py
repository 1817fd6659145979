"""What a panel shows: pictures, a status line, a learner's error."""

import html
import sys
import threading

import ipywidgets as widgets

from . import describing, errors
from .charts import Charts
from .controls import text_line
from .encoding import draw_png
from .figures import caption, figures_of
from .pictures import Gallery
from .progress import remaining
from .run import current_run
from .views import Throttle

__all__ = ["Screen"]

GHOSTS, HISTORY = 6, 100  # earlier runs that are shown, and remembered
PAUSE = 0.2  # seconds between frames: a browser works on one for 30 ms


class Screen:
    """The view of one panel's runs, drawn by the thread that trains.

    Nothing is printed: what a thread prints ends up in another cell.
    """

    def __init__(self):
        self.history, self.kept = [], {}  # kept: key -> newest run, ghosts
        self._charts, self._gallery = Charts(), Gallery()
        self._drawing = threading.RLock()  # Clear draws in another thread
        self._status = text_line(layout={"min_height": "2.4em"})
        self._error = text_line(layout={"overflow": "auto"})
        self.box = widgets.VBox([self._status, self._gallery.box, self._error])

    @property
    def pictures(self):
        """The pictures that are shown."""
        return self._gallery.pictures

    @property
    def status(self):
        """The status line."""
        return self._status.value

    @property
    def error(self):
        """The traceback below the pictures, or ""."""
        return self._error.value

    def changed(self, run):
        """Show that `run` has begun or ended."""
        if run.state == "running":
            self._throttle, self._error.value = Throttle(PAUSE), ""
            self._gallery.begin()
            self._charts.take_back(self.history[-1:])  # others gave theirs
        elif run.state == "done":
            for figure in figures_of(run):
                self._show(figure, caption(figure), run)
        elif run.state == "failed":
            text = html.escape(errors.brief_traceback(run.error))
            self._error.value = f"<pre>{text}</pre>"
        if run.state in ("done", "diverged"):
            self._draw(run)
            self._gallery.end()
        if run.state == "done":  # its picture could be drawn
            self._keep(run)
        self._say(run)

    def update(self, animator):
        """Show a frame, unless the last was, or a quick run's end is, near."""
        run = current_run()
        if run and self._throttle.due() and not self._ends(run, animator):
            with self._throttle.frame():
                self._draw(run, passing=True)
                self._say(run)

    def _ends(self, run, animator):
        quick = self._throttle.frames and run.clock() < 1
        return quick and remaining(run, animator) < PAUSE / 2

    def show_figure(self, figure, alt):
        """Show a matplotlib figure below the curves of the current run."""
        self._show(figure, alt, current_run())

    def forget(self, run):
        """Drop the earlier runs; go on showing `run`."""
        with self._drawing:
            self.kept.clear()
            self.history.clear()
            if run.state == "done":
                self.kept[run.key] = run
            if run.state not in ("waiting", "running"):
                self._draw(run)

    def release(self):
        """Let go of everything: IPython's Out may hold the panel for long."""
        with self._drawing:
            self._charts.take_back(self.history)
            self._charts.clear()
            self.kept.clear()
            self.history.clear()

    def _draw(self, run, *, passing=False):
        """Draw the curves of `run`, and paler those of earlier runs."""
        with self._drawing:
            ghosts = [g for g in self.kept.values() if g.key != run.key]
            del ghosts[:-GHOSTS]
            *names, title = describing.labels([*ghosts, run])
            for k, animator in enumerate(run.animators):
                self._charts.share(k, animator)
                curves = [
                    (name, ghost.animators[k].curves)
                    for name, ghost in zip(names, ghosts, strict=True)
                    if k < len(ghost.animators)
                ]
                # What had the same settings had the curves that will come.
                same = self.kept.get(run.key, run) if passing else run
                room = [p for a in same.animators[k : k + 1] for p in a.curves]
                animator.chart.set_ghosts(curves, title, room)
                alt = describing.describe_settings(run.words)
                self._gallery.show(
                    animator,
                    animator.picture(passing=passing),
                    animator.spec["figsize"],
                    f"{alt}. {animator.describe()}",
                )

    def _show(self, figure, alt, run):
        for animator in run.animators:  # those made before come first
            self._gallery.place(animator)
        alt = f"{describing.describe_settings(run.words)}. {alt}".strip()
        png, figsize = draw_png(figure), figure.get_size_inches()
        self._gallery.show(figure, png, figsize, alt)
        if "matplotlib.pyplot" in sys.modules:  # else it would show it again
            sys.modules["matplotlib.pyplot"].close(figure)

    def _keep(self, run):
        self.history = [*self.history, run][-HISTORY:]
        with self._drawing:
            self.kept.pop(run.key, None)  # the same settings: replaced
            self.kept[run.key] = run
            for key in list(self.kept)[: -GHOSTS - 1]:
                del self.kept[key]

    def _say(self, run):
        self._status.value = describing.status_line(run)
